import type { CommandContext } from '../commandContext.ts';
import { toRunText } from '../runText.ts';

export async function show(context: CommandContext, run: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('run.show', { run }, context.interrupted);
  context.answer(document, () => toRunText(context.paint, document));
  return 0;
}
