import { isDynamicForeach, toElementCount, toReferences, type Step, type StepInput } from '../model/workflow.ts';
import { toPortTypeText, type PortType } from '../model/portType.ts';
import { t } from '../model/words.ts';
import { toReplacement } from '../parse/findings.ts';
import { checkReference } from './checkReferences.ts';
import type { StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** A fan-out over an output: rows of a table, or items of a json list. */
export function checkForeach(check: WorkflowCheck, { step }: StepPorts): void {
  for (const [name, reference] of Object.entries(step.foreach?.from ?? {})) {
    const path = ['steps', step.id, 'foreach', name];
    const given = checkReference(check, path, reference);
    if (given === undefined || given.kind === 'table' || given.kind === 'json') continue;
    const message = t`\`${name}\` runs over the rows of a table or the items of a json list, not over ${toArticle(given)}.`;
    check.findings.add('foreach-type', check.source.valueRange(path), message);
  }
}

function toArticle(type: PortType): string {
  const text =
    type.kind === 'list'
      ? toPortTypeText({ kind: 'list', of: type.of.kind === 'table' ? { ...type.of, columns: [], open: false } : type.of })
      : type.kind;
  return text === 'metrics' ? text : t`a ${text.replace('()', '')}`;
}

/** `any` and `quorum` need a list to wait for, and a quorum no more elements than there are. */
export function checkJoin(check: WorkflowCheck, { step, contract }: StepPorts): void {
  const { join } = step;
  if (join.kind === 'all') return;
  const range = check.source.valueRange(['steps', step.id, 'join']);
  const lists = Object.values(step.inputs).filter(isList);
  // An input that could not be read may have been the list.
  const isBroken = contract?.inputs.some(
    ({ name }) => check.source.has(['steps', step.id, 'in', name]) && !Object.hasOwn(step.inputs, name),
  );
  if (lists.length === 0) {
    const message = t`\`join: ${join.kind}\` needs a list to wait for: an input given \`step[*].port\` or \`[a.port, b.port]\`.`;
    if (isBroken !== true)
      check.findings.add('invalid-join', range, message, { fix: toReplacement(check.source.file, range, 'all', t('Wait for all inputs')) });
    return;
  }
  if (join.kind === 'any') return;
  const counts = lists.map((list) => toCount(check, list));
  const most = counts.reduce<number>((sum, count) => sum + (count ?? Number.POSITIVE_INFINITY), 0);
  if (join.count <= most) return;
  const message = t`\`quorum(${join.count})\` can’t be reached: ${most === 1 ? t('only 1 element is') : t`${most} elements are`} waited for.`;
  check.findings.add('quorum-too-large', range, message, {
    fix: { title: t`Wait for ${most === 1 ? t('the one') : t`all ${most}`}`, edits: [{ file: check.source.file, range, newText: 'all' }] },
  });
}

function isList(input: StepInput): boolean {
  return 'items' in input || input.select.kind === 'all';
}

/** How many elements a list has; `undefined` = known only when it runs. */
function toCount({ steps }: WorkflowCheck, input: StepInput): number | undefined {
  const counts = toReferences(input).map(({ step, select }) => (select.kind === 'all' ? toStepCount(steps.get(step)?.step) : 1));
  return counts.includes(undefined) ? undefined : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

function toStepCount(step: Step | undefined): number | undefined {
  return step?.foreach === undefined || isDynamicForeach(step.foreach) ? undefined : toElementCount(step.foreach);
}
