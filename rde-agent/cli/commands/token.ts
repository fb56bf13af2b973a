import { readKey } from '../../client/credentials.ts';
import { toToken, type TokenLevel } from '../../client/token.ts';
import type { CommandContext } from '../commandContext.ts';

export interface TokenOptions {
  readonly allow: TokenLevel;
  readonly minutes: number;
}

/** Made here, with the key that only the owner of the state folder can read; the agent is started so that there is somebody to ask. */
export async function makeToken(context: CommandContext, { allow, minutes }: TokenOptions): Promise<number> {
  const agent = await context.agent();
  const { port } = await agent.request('agent.status', {}, context.interrupted);
  const expires = Math.floor(Date.now() / 1000) + minutes * 60;
  const token = toToken(readKey(context.stateFolder), { level: allow, expires });
  const until = new Date(expires * 1000).toISOString();
  context.note(`Good until ${until} for http://127.0.0.1:${String(port)}. Whoever has it may ${allow}.`);
  context.answer({ v: 1, token, allow, expires: until, url: `http://127.0.0.1:${String(port)}` }, () => `${token}\n`);
  return 0;
}
