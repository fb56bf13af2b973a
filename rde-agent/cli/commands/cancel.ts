import { newKey } from '../../client/newKey.ts';
import type { CommandContext } from '../commandContext.ts';

export async function cancel(context: CommandContext, run: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('run.cancel', { run, key: newKey() }, context.interrupted);
  context.answer(document, () => `${document.run} ${document.state}\n`);
  return 0;
}
