import type { CommandContext } from '../commandContext.ts';
import { toReasonLines } from '../reasonText.ts';
import { toDoubt } from '../runText.ts';

export async function why(context: CommandContext, run: string, step: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('run.why', { run, step }, context.interrupted);
  context.answer(document, () => {
    const against = document.against === undefined ? '' : `, compared with ${document.against}`;
    const doubt = document.distrusted === undefined ? '' : toDoubt(context.paint, document.step, document.distrusted);
    return `${document.step} was ${document.decision}${against}\n${toReasonLines(document.reasons)
      .map((line) => `  ${line}\n`)
      .join('')}${doubt}`;
  });
  return 0;
}
