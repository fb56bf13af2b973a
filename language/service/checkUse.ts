import type { StepUse, Workflow } from '../model/workflow.ts';
import { toUseName } from '../model/workflow.ts';
import { toKindWord } from '../model/kindWords.ts';
import { t } from '../model/words.ts';
import { toReplacement, toSuggestion } from '../parse/findings.ts';
import type { Surroundings } from './questions.ts';
import type { StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

const UNKNOWN = { module: 'unknown-module', dataset: 'unknown-dataset', workflow: 'unknown-workflow' } as const;

/** What a step uses is there, and may be used here. */
export function checkUse(check: WorkflowCheck, ports: StepPorts): void {
  const { use } = ports.step;
  if (use.kind === 'workflow') checkNesting(check, ports, use.workflow);
  if (use.kind === 'module') {
    checkTag(check, ports, use);
    checkRepetition(check, ports);
  }
  if (ports.source === undefined) reportUnknown(check, ports);
}

function reportUnknown({ findings, source, surroundings }: WorkflowCheck, { step: { id, use } }: StepPorts): void {
  const name = toUseName(use);
  if (use.kind === 'module' && use.tag !== undefined) {
    const message = t`\`${name}\` is not in this workspace; what \`@${use.tag}\` means is known only to an agent.`;
    findings.add('unresolved-tag', source.valueRange(['steps', id, 'module']), message, { severity: 'info' });
    return;
  }
  const range = source.valueRange(['steps', id, use.kind, '@name']);
  const { hint, options } = toSuggestion({ file: source.file, range }, name, surroundings.names(use.kind));
  findings.add(UNKNOWN[use.kind], range, t`There is no ${toKindWord(use.kind)} \`${name}\`${hint || '.'}`, options);
}

/** `latestAlpha` moves with every push: what it names was never released. */
function checkTag(check: WorkflowCheck, { step }: StepPorts, use: Extract<StepUse, { kind: 'module' }>): void {
  const { workflow, source, findings, surroundings } = check;
  if (use.tag !== 'latestAlpha' || (workflow.domain ?? surroundings.default('domain')) !== 'production') return;
  const range = source.valueRange(['steps', step.id, 'module', '@tag']);
  const message = t`A production workflow uses \`${use.module}@latestAlpha\`, which moves with every push. Use \`@latest\`.`;
  findings.add('production-uses-alpha', range, message, { fix: toReplacement(source.file, range, 'latest') });
}

/** What a module says about repeating it, against what the step asks for. */
function checkRepetition({ source, findings }: WorkflowCheck, { step, contract }: StepPorts): void {
  const path = ['steps', step.id];
  const on = ['retry', 'on'];
  if (contract?.determinism === 'sideEffect' && step.retry.attempts > 1 && step.retry.on.includes('user') && source.has([...path, ...on])) {
    const message = t`\`${contract.name}\` has side effects: what failed halfway is done again by a retry of \`user\` failures.`;
    const range = source.valueRange([...path, ...on]);
    const others = step.retry.on.filter((failure) => failure !== 'user');
    const fix = toReplacement(source.file, range, `[${others.join(', ')}]`, t('Do not retry `user` failures'));
    findings.add('retry-side-effect', range, message, { severity: 'warning', fix });
  }
  if (contract?.reuse === 'worker' && step.cache !== 'off' && source.has([...path, 'cache'])) {
    const message = t`Results of \`${contract.name}\` are never cached: it has \`reuse: worker\`.`;
    const fix = toReplacement(source.file, source.valueRange([...path, 'cache']), 'off', t('Say so: `cache: off`'));
    findings.add('cache-without-effect', source.keyRange([...path, 'cache']), message, { severity: 'warning', fix });
  }
}

/** A workflow that comes back to itself would run without end. */
function checkNesting({ workflow, findings, source, surroundings }: WorkflowCheck, { step }: StepPorts, name: string): void {
  const way = findWay(surroundings, name, workflow.name);
  if (way === undefined) return;
  const message = t`Workflows run each other without end: ${[workflow.name, ...way].join(' → ')}.`;
  findings.add('workflow-cycle', source.valueRange(['steps', step.id, 'workflow', '@name']), message);
}

/** From one workflow to another along nested steps, both included; breadth first, so it is a shortest way. */
function findWay(surroundings: Surroundings, from: string, to: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  for (const name of cameFrom.keys()) {
    if (name === to) return toWay(cameFrom, name);
    for (const next of toNested(surroundings.workflow(name)?.value)) if (!cameFrom.has(next)) cameFrom.set(next, name);
  }
  return undefined;
}

function toWay(cameFrom: ReadonlyMap<string, string | undefined>, last: string): readonly string[] {
  const way: string[] = [];
  for (let name: string | undefined = last; name !== undefined; name = cameFrom.get(name)) way.unshift(name);
  return way;
}

/** Names of the workflows that a workflow runs as steps. */
function toNested(workflow: Workflow | undefined): readonly string[] {
  return (workflow?.steps ?? []).flatMap(({ use }) => (use.kind === 'workflow' ? [use.workflow] : []));
}
