import { toReferences, WORKFLOW_INPUTS, type Reference, type Step, type Workflow } from '../model/workflow.ts';
import type { ValuePath } from '../parse/sourceMap.ts';
import { toColumn, toOwner, toPort, type Entity, type Occurrence } from './entity.ts';
import { toTableColumns } from './tableColumns.ts';
import type { Definition } from './workspaceModel.ts';

/** What a workflow's occurrences are found with. */
interface Scan {
  readonly definition: Definition<Workflow>;
  readonly workflow: Workflow;
  readonly text: string;
  readonly found: Occurrence[];
}

/** Everything that a workflow's file means, with the exact place of each. */
export function collectWorkflowOccurrences(definition: Definition<Workflow>, text: string): readonly Occurrence[] {
  const { value: workflow } = definition;
  if (workflow === undefined) return [];
  const scan: Scan = { definition, workflow, text, found: [] };
  add(scan, ['workflow'], { kind: 'workflow', within: '', name: workflow.name }, 'definition');
  for (const { name } of workflow.params)
    addKey(scan, ['params', name], { kind: 'param', within: toOwner('workflow', workflow.name), name }, 'definition');
  const owner = toOwner('workflow', workflow.name);
  for (const input of workflow.inputs ?? []) {
    addKey(scan, ['inputs', input.name], toPort(owner, 'in', input.name), 'definition');
    for (const { name, path } of toTableColumns(['inputs', input.name], input.type))
      addKey(scan, path, toColumn(owner, 'in', input.name, name), 'definition');
  }
  for (const step of workflow.steps) addStep(scan, step);
  for (const [name, reference] of Object.entries(workflow.outputs)) {
    addKey(scan, ['outputs', name], toPort(owner, 'out', name), 'definition');
    addReference(scan, ['outputs', name], reference);
  }
  return scan.found;
}

function addStep(scan: Scan, step: Step): void {
  const path = ['steps', step.id];
  const { file } = scan.definition;
  const owner = toUsedOwner(step);
  addKey(scan, path, { kind: 'step', within: file, name: step.id }, 'definition');
  addUse(scan, path, step);
  for (const [port, input] of Object.entries(step.inputs)) {
    const at = [...path, 'in', port];
    addKey(scan, at, toPort(owner, 'in', port), 'reference');
    if ('items' in input) input.items.forEach((reference, index) => addReference(scan, [...at, index], reference));
    else for (const reference of toReferences(input)) addReference(scan, at, reference);
  }
  for (const name of step.foreach?.names ?? []) {
    addKey(scan, [...path, 'foreach', name], { kind: 'element', within: `${file}#${step.id}`, name }, 'definition');
    const from = step.foreach?.from?.[name];
    if (from !== undefined) addReference(scan, [...path, 'foreach', name], from);
  }
  for (const name of Object.keys(step.params)) addStepParam(scan, step, [...path, 'params', name], name);
  if (step.when !== undefined) addCondition(scan, [...path, 'when']);
}

function addUse(scan: Scan, path: ValuePath, { use }: Step): void {
  switch (use.kind) {
    case 'module':
      return addPart(scan, [...path, 'module'], '@name', { kind: 'module', within: '', name: use.module });
    case 'dataset':
      return addPart(scan, [...path, 'dataset'], '@name', { kind: 'dataset', within: '', name: use.dataset });
    case 'workflow':
      return addPart(scan, [...path, 'workflow'], '@name', { kind: 'workflow', within: '', name: use.workflow });
  }
}

/** A parameter's name is the module's; what its value substitutes is the workflow's or the fan-out's. */
function addStepParam(scan: Scan, step: Step, path: ValuePath, name: string): void {
  const { file } = scan.definition;
  const param: Entity | undefined = step.use.kind === 'dataset' ? undefined : { kind: 'param', within: toUsedOwner(step), name };
  if (param !== undefined) addKey(scan, path, param, 'reference');
  const value = step.params[name];
  if (value?.kind !== 'template') return;
  let index = 0;
  for (const part of value.parts) {
    if (part.kind !== 'substitution') continue;
    const at = [...path, `@${index}`];
    index += 1;
    if (part.scope === 'params')
      add(scan, at, { kind: 'param', within: toOwner('workflow', scan.workflow.name), name: part.name }, 'reference');
    if (part.scope === 'foreach') add(scan, at, { kind: 'element', within: `${file}#${step.id}`, name: part.name }, 'reference');
  }
}

function addReference(scan: Scan, path: ValuePath, reference: Reference): void {
  const { definition, workflow } = scan;
  if (reference.step === WORKFLOW_INPUTS) {
    if (reference.port !== undefined) addPart(scan, path, '@port', toPort(toOwner('workflow', workflow.name), 'in', reference.port));
    return;
  }
  addPart(scan, path, '@step', { kind: 'step', within: definition.file, name: reference.step });
  const target = workflow.steps.find(({ id }) => id === reference.step);
  if (target !== undefined && reference.port !== undefined)
    addPart(scan, path, '@port', toPort(toUsedOwner(target), 'out', reference.port));
}

const METRIC = /([A-Za-z_][\w-]*)\.metrics\.[A-Za-z_]\w*/g;
const PARAM = /(?<![\w.-])params\.([A-Za-z_]\w*)/g;

/** A condition keeps no places; its grammar has few words, so they are found in its text again. */
function addCondition(scan: Scan, path: ValuePath): void {
  const { source, file } = scan.definition;
  const place = source.place(path);
  if (place?.textStart === undefined) return;
  const written = scan.text.slice(place.textStart, place.value.end);
  for (const match of written.matchAll(METRIC)) addStretch(scan, path, match.index, { kind: 'step', within: file, name: match[1] ?? '' });
  for (const match of written.matchAll(PARAM))
    addStretch(scan, path, match.index + 'params.'.length, {
      kind: 'param',
      within: toOwner('workflow', scan.workflow.name),
      name: match[1] ?? '',
    });
}

function addStretch({ definition, found }: Scan, path: ValuePath, start: number, entity: Entity): void {
  const range = definition.source.textRange(path, start, start + entity.name.length);
  found.push({ file: definition.file, range, entity, role: 'reference' });
}

/** Who declares the ports and parameters of a step. */
export function toUsedOwner({ use }: Step): string {
  switch (use.kind) {
    case 'module':
      return toOwner('module', use.module);
    case 'dataset':
      return toOwner('dataset', use.dataset);
    case 'workflow':
      return toOwner('workflow', use.workflow);
  }
}

function addPart(scan: Scan, path: ValuePath, part: string, entity: Entity): void {
  add(scan, [...path, part], entity, 'reference');
}

function add({ definition, found }: Scan, path: ValuePath, entity: Entity, role: Occurrence['role']): void {
  if (definition.source.has(path)) found.push({ file: definition.file, range: definition.source.valueRange(path), entity, role });
}

function addKey({ definition, found }: Scan, path: ValuePath, entity: Entity, role: Occurrence['role']): void {
  if (definition.source.has(path)) found.push({ file: definition.file, range: definition.source.keyRange(path), entity, role });
}
