import { toParamMismatch } from '../model/paramValue.ts';
import { t } from '../model/words.ts';
import { toNameList, toSuggestion } from '../parse/findings.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** A run that nobody is there to start has everything that it needs. */
export function checkSchedule({ workflow, findings, source }: WorkflowCheck): void {
  const { schedule } = workflow;
  if (schedule === undefined) return;
  if (workflow.inputs.length > 0) {
    const message = t('A workflow with `inputs` runs only as a step of another: schedule that one.');
    findings.add('invalid-schedule', source.keyRange(['schedule']), message);
  }
  const names = workflow.params.map(({ name }) => name);
  for (const [name, value] of Object.entries(schedule.params)) {
    const path = ['schedule', 'params', name];
    const param = workflow.params.find((candidate) => candidate.name === name);
    const mismatch = param === undefined ? undefined : toParamMismatch(param, value);
    if (mismatch !== undefined) findings.add('type-mismatch', source.valueRange(path), `\`${name}\` ${mismatch}.`);
    if (param !== undefined || source.has(['params', name])) continue;
    const range = source.keyRange(path);
    const { hint, options } = toSuggestion({ file: source.file, range }, name, names);
    const rest = names.length === 0 ? t(': it has none.') : hint || t`. It has ${toNameList(names)}.`;
    findings.add('unknown-param', range, t`This workflow has no parameter \`${name}\`${rest}`, options);
  }
  for (const param of workflow.params) {
    if (param.default !== undefined || Object.hasOwn(schedule.params, param.name) || source.has(['params', param.name, 'default']))
      continue;
    const message = t`The schedule has no value for \`${param.name}\` (${param.type}), which has no default.`;
    findings.add('missing-input', source.keyRange(['schedule']), message);
  }
}
