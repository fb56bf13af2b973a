import { DATASET_PORT } from '../model/dataset.ts';
import type { InputPort } from '../model/module.ts';
import type { PortType } from '../model/portType.ts';
import { toReferences, WORKFLOW_INPUTS, type Reference, type Step, type Workflow } from '../model/workflow.ts';
import type { EditorWorkspace } from './editorWorkspace.ts';
import { toColumn, toEntityKey, toOwner, type Direction, type Entity, type Occurrence } from './entity.ts';
import { collectAllOccurrences } from './occurrences.ts';
import { toUsedOwner } from './workflowOccurrences.ts';
import type { WorkspaceModel } from './workspaceModel.ts';

/** A port as columns know it: `module flights/clean out clean`. */
type PortKey = string;

/**
 * Every place of a column, also at the other ends of what flows: the output of one step and the input of the next declare the same column
 * under one name. A module is a border: a column that it makes is another one, whatever its name.
 */
export function collectColumnOccurrences(workspace: EditorWorkspace, column: Entity): readonly Occurrence[] {
  const keys = new Set(toFlowingColumns(workspace, column).map(toEntityKey));
  return collectAllOccurrences(workspace).filter(({ entity }) => keys.has(toEntityKey(entity)));
}

/** The column itself and those of other ports that are the same by flow. */
function toFlowingColumns({ checked: { model } }: EditorWorkspace, column: Entity): readonly Entity[] {
  const links = collectLinks(model);
  const seen = new Set<PortKey>([column.within]);
  const waiting: PortKey[] = [column.within];
  for (let port = waiting.pop(); port !== undefined; port = waiting.pop()) {
    for (const other of links.get(port) ?? []) {
      if (seen.has(other) || !mayCarry(model, other, column.name)) continue;
      seen.add(other);
      waiting.push(other);
    }
  }
  return [...seen].map((within) => ({ kind: 'column', within, name: column.name }));
}

/** Which ports are joined by some workflow, both ways. */
function collectLinks(model: WorkspaceModel): ReadonlyMap<PortKey, readonly PortKey[]> {
  const links = new Map<PortKey, PortKey[]>();
  const link = (one: PortKey, other: PortKey): void => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const known = links.get(from);
      if (known === undefined) links.set(from, [to]);
      else known.push(to);
    }
  };
  for (const { value } of model.workflows.values()) if (value !== undefined) linkWorkflow(model, value, link);
  return links;
}

function linkWorkflow(model: WorkspaceModel, workflow: Workflow, link: (one: PortKey, other: PortKey) => void): void {
  for (const step of workflow.steps) {
    for (const [port, input] of Object.entries(step.inputs)) {
      for (const reference of toReferences(input)) {
        const source = toSourcePort(model, workflow, reference);
        if (source !== undefined) link(source, toKey(toUsedOwner(step), 'in', port));
      }
    }
  }
  for (const [name, reference] of Object.entries(workflow.outputs)) {
    const source = toSourcePort(model, workflow, reference);
    if (source !== undefined) link(source, toKey(toOwner('workflow', workflow.name), 'out', name));
  }
}

function toSourcePort(model: WorkspaceModel, workflow: Workflow, reference: Reference): PortKey | undefined {
  if (reference.step === WORKFLOW_INPUTS)
    return reference.port === undefined ? undefined : toKey(toOwner('workflow', workflow.name), 'in', reference.port);
  const step = workflow.steps.find(({ id }) => id === reference.step);
  if (step === undefined) return undefined;
  const port = reference.port ?? toOnlyOutput(model, step);
  return port === undefined ? undefined : toKey(toUsedOwner(step), 'out', port);
}

function toOnlyOutput(model: WorkspaceModel, { use }: Step): string | undefined {
  if (use.kind === 'dataset') return DATASET_PORT;
  const names =
    use.kind === 'module'
      ? (model.modules.get(use.module)?.value?.outputs ?? []).map(({ name }) => name)
      : Object.keys(model.workflows.get(use.workflow)?.value?.outputs ?? {});
  return names.length === 1 ? names[0] : undefined;
}

/** Whether a port declares such a column. Outputs of workflows declare none: what is inside flows through. */
function mayCarry(model: WorkspaceModel, port: PortKey, column: string): boolean {
  const [kind = '', owner = '', direction = '', name = ''] = port.split(' ');
  if (kind === 'workflow' && direction === 'out') return true;
  if (kind === 'dataset') return model.datasets.get(owner)?.value?.columns.some((one) => one.name === column) === true;
  const ports = direction === 'out' ? model.modules.get(owner)?.value?.outputs : toInputs(model, kind, owner);
  const found = ports?.find((one) => one.name === name);
  return found !== undefined && hasColumn(found.type, column);
}

function toInputs(model: WorkspaceModel, kind: string, owner: string): readonly InputPort[] | undefined {
  return kind === 'workflow' ? model.workflows.get(owner)?.value?.inputs : model.modules.get(owner)?.value?.inputs;
}

function hasColumn(type: PortType, column: string): boolean {
  const table = type.kind === 'list' ? type.of : type;
  return table.kind === 'table' && table.columns.some(({ name }) => name === column);
}

function toKey(owner: string, direction: Direction, port: string): PortKey {
  return toColumn(owner, direction, port, '').within;
}
