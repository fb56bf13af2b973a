import type { ModuleView, WorkflowView, WorkspaceView } from '../../rde-agent/protocol/workspaceView.ts';

/** The module that a file belongs to: the one with the nearest folder above it. `file` is relative to the root, with `/`. */
export function findModuleOf(view: Pick<WorkspaceView, 'modules'>, file: string): ModuleView | undefined {
  const holds = view.modules.filter((module) => file.startsWith(module.file.replace(/[^/]*$/, '')));
  return holds.toSorted((a, b) => b.file.length - a.file.length)[0];
}

/**
 * The workflows that a file is about: what it defines, or what its module is used by, and whatever those are nested in. Those that use it
 * themselves come first. Empty for files that no module or workflow owns.
 */
export function findConcerned(view: Pick<WorkspaceView, 'modules' | 'workflows'>, file: string): readonly WorkflowView[] {
  const defined = view.workflows.filter((workflow) => workflow.file === file);
  const module = defined.length > 0 ? undefined : findModuleOf(view, file);
  const first = module === undefined ? defined : findUsers(view, 'module', module.name);
  const concerned = new Set(first);
  for (const workflow of concerned) for (const user of findUsers(view, 'workflow', workflow.name)) concerned.add(user);
  return [...concerned];
}

function findUsers({ workflows }: Pick<WorkspaceView, 'workflows'>, kind: 'module' | 'workflow', name: string): readonly WorkflowView[] {
  return workflows.filter((workflow) => workflow.steps.some((step) => step.kind === kind && step.name === name));
}
