import { newKey } from '../../client/newKey.ts';
import type { CancelDocument } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';

export async function cancel(context: CommandContext, run: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('run.cancel', { run, key: newKey() }, context.interrupted);
  context.answer(document, () => toText(document));
  return 0;
}

function toText({ run, state }: CancelDocument): string {
  return state === 'cancelled' ? `${run} cancelled\n` : `${run} was over before: ${state}\n`;
}
