import type { CommandContext } from '../commandContext.ts';
import { toTable } from '../table.ts';

/** The code is shown to who can run this, which is who can read the agent's key. */
export async function openPortal(context: CommandContext): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('portal.open', {}, context.interrupted);
  context.answer(document, () =>
    toTable([
      ['portal', document.url],
      ['code', context.paint('bold', document.code)],
      ['', `good once, until ${document.expires}`],
    ]),
  );
  return 0;
}

export async function signOut(context: CommandContext): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('portal.signOut', {}, context.interrupted);
  const { sessions } = document;
  context.answer(document, () => (sessions === 1 ? '1 browser was signed out\n' : `${String(sessions)} browsers were signed out\n`));
  return 0;
}
