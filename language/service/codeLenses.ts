import type { Range } from '../model/diagnostic.ts';
import { findEntryUses, readEntryOf, type EditorWorkspace } from './editorWorkspace.ts';
import { toFireTexts } from './scheduleTexts.ts';

/** A thing that can be done at a line. Titles are the host's to write. */
export interface Lens {
  readonly range: Range;
  readonly action:
    /** of an entry function or a workflow */
    | { readonly kind: 'run' | 'why'; readonly module: string }
    | { readonly kind: 'runWorkflow' | 'plan' | 'graph'; readonly workflow: string }
    | { readonly kind: 'users'; readonly count: number; readonly name: string }
    /** the next fire time in the schedule's zone */
    | { readonly kind: 'nextFire'; readonly workflow: string; readonly text: string };
}

/** What stands above the entry functions of code and above a workflow's first line. `now` is RFC 3339. */
export function toLenses(workspace: EditorWorkspace, file: string, now: string): readonly Lens[] {
  return file.endsWith('.py') ? toCodeLenses(workspace, file) : toWorkflowLenses(workspace, file, now);
}

function toCodeLenses(workspace: EditorWorkspace, file: string): readonly Lens[] {
  return findEntryUses(workspace, file).flatMap((use): readonly Lens[] => {
    const reading = readEntryOf(workspace, file, use.function);
    if (reading?.kind !== 'found' || use.of !== 'module') return [];
    const { range } = reading.entry;
    const { name } = use.definition;
    const count = countUsers(workspace, name);
    return [
      { range, action: { kind: 'run', module: name } },
      { range, action: { kind: 'why', module: name } },
      { range, action: { kind: 'users', count, name } },
    ];
  });
}

function countUsers({ checked: { model } }: EditorWorkspace, module: string): number {
  const uses = (workflow: typeof model.workflows extends ReadonlyMap<string, infer T> ? T : never): boolean =>
    workflow.value?.steps.some(({ use }) => use.kind === 'module' && use.module === module) === true;
  return [...model.workflows.values()].filter(uses).length;
}

function toWorkflowLenses({ checked: { model } }: EditorWorkspace, file: string, now: string): readonly Lens[] {
  const definition = [...model.workflows.values()].find((one) => one.file === file);
  if (definition?.value === undefined) return [];
  const { name, source, value } = definition;
  const range = source.keyRange(['workflow']);
  const lenses: Lens[] = [
    { range, action: { kind: 'plan', workflow: name } },
    { range, action: { kind: 'graph', workflow: name } },
  ];
  // A workflow with inputs is a part of others: by itself it can't be run.
  if (value.inputs.length === 0) lenses.unshift({ range, action: { kind: 'runWorkflow', workflow: name } });
  const next = value.schedule === undefined ? undefined : toFireTexts(value.schedule, now, 1)[0];
  if (next !== undefined) lenses.push({ range: source.keyRange(['schedule']), action: { kind: 'nextFire', workflow: name, text: next } });
  return lenses;
}
