import type { UiContext } from '../context.ts';
import { toRunPlace } from './runPlaces.ts';

/**
 * What a panel is about, in the form in which trees and panels name things to commands: a workflow, a run or a task, and the workspace where it
 * is known. `panel` tells it from what a person has pointed at: where it makes no sense for a command, that asks as it would without a panel.
 */
export interface PanelSubject {
  readonly panel: true;
  readonly root?: string;
  readonly workflow?: { readonly name: string };
  readonly kind?: 'run' | 'task';
  readonly run?: string | { readonly run: string };
  readonly task?: { readonly id: string };
}

/** A run, or one task of it, with the workflow that it runs where that is one of an open workspace. */
export function toRunSubject(context: UiContext, run: string, task?: string): PanelSubject {
  const named = task === undefined ? ({ kind: 'run', run: { run } } as const) : ({ kind: 'task', run, task: { id: task } } as const);
  return { panel: true, ...named, ...findWorkflow(context, run) };
}

function findWorkflow(context: UiContext, run: string): Pick<PanelSubject, 'root' | 'workflow'> {
  const { link, roots } = context;
  const view = link.runView(run);
  const name = view?.workflow ?? link.runs.runs.find((one) => one.run === run)?.workflow;
  const isThere = (root: string): boolean => link.workspace(root)?.workflows.some((one) => one.name === name) === true;
  const own = view === undefined ? undefined : toRunPlace(context, view.workspace)?.root;
  const root = [...(own === undefined ? [] : [own]), ...roots.all].find(isThere);
  return root === undefined || name === undefined ? {} : { root, workflow: { name } };
}
