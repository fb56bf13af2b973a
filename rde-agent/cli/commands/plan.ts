import type { PlanDocument, PlanStep } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toDuration } from '../numbers.ts';
import { parseTexts } from '../params.ts';
import { toTable } from '../table.ts';
import { toReasonText } from '../reasonText.ts';
import { readWorkflowAndParams } from '../workflowArgument.ts';

export interface PlanOptions {
  readonly param: readonly string[];
  readonly from?: string;
  readonly fork?: string;
  readonly pushed: boolean;
}

export async function plan(context: CommandContext, workflow: string | undefined, options: PlanOptions): Promise<number> {
  const document = options.pushed ? await askPushed(context, workflow, options) : await askSaved(context, workflow, options);
  context.answer(document, () => toPlanText(context, document));
  return 0;
}

async function askSaved(context: CommandContext, workflow: string | undefined, options: PlanOptions): Promise<PlanDocument> {
  const root = context.root();
  const agent = await context.agent();
  const chosen = await readWorkflowAndParams(context, agent, root, workflow, options.param);
  const from = options.from === undefined ? {} : { from: options.from };
  const fork = options.fork === undefined ? {} : { fork: options.fork };
  return agent.request('workspace.plan', { root, ...chosen, ...from, ...fork }, context.interrupted);
}

/** A fork goes on with what is saved, so there is none of what was pushed. */
async function askPushed(context: CommandContext, workflow: string | undefined, { param, from, fork }: PlanOptions): Promise<PlanDocument> {
  if (workflow === undefined)
    throw new CairnError('usage', '`--pushed` needs the name of a workflow.', { next: 'See what was pushed with `cairn workflows`.' });
  if (fork !== undefined)
    throw new CairnError('usage', '`--fork` is of the working tree, `--pushed` of what was pushed.', { next: 'Leave one of them out.' });
  const agent = await context.agent();
  const request = { workflow, texts: parseTexts(param), ...(from === undefined ? {} : { from }) };
  return agent.request('workflow.plan', request, context.interrupted);
}

function toPlanText(context: CommandContext, document: PlanDocument): string {
  const decision = { hit: 'reuse', miss: 'run', conditional: 'perhaps' } as const;
  const style = { hit: 'green', miss: 'yellow', conditional: 'cyan' } as const;
  const rows = document.steps.map((step) => [
    step.step,
    step.module ?? step.dataset ?? '',
    context.paint(style[step.decision], decision[step.decision]),
    step.decision === 'hit' ? '' : isUnknown(step) ? '?' : toDuration(step.predictedSeconds),
    toReasonText(step.reasons),
  ]);
  const table = toTable([['STEP', 'USES', 'DECISION', 'EXPECTED', 'WHY'], ...rows], [3]);
  const saved = document.saved > 0 ? `, ${toDuration(document.saved)} saved` : '';
  return `${table}${document.workflow}: ${toPrediction(document)}${saved}\n`;
}

/** What has never run has no duration to predict from. */
function isUnknown({ decision, predictedSeconds }: PlanStep): boolean {
  return decision !== 'hit' && predictedSeconds === 0;
}

function toPrediction({ steps, predictedSeconds }: PlanDocument): string {
  const unknown = steps.filter(isUnknown).length;
  if (unknown === 0) return predictedSeconds === 0 ? 'nothing to run' : `about ${toDuration(predictedSeconds)} to run`;
  if (predictedSeconds === 0) return 'how long it takes is not known yet';
  return `about ${toDuration(predictedSeconds)} to run, without ${toCount(unknown, 'step')} that never ran`;
}
