import type { LibraryDefinition } from '../../language/model/library.ts';
import { collectLibraries } from '../../language/service/libraryUses.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import type { Workflow } from '../../language/model/workflow.ts';
import { toWantedTag } from './pinWorkflow.ts';

export interface WorkspaceFollowers {
  readonly workflows: readonly string[];
  readonly modules: readonly string[];
}

/** What of a workspace's files takes a module or library by this tag: workflows, nested in others or not, and modules that use it as a library. */
export function findFollowers(model: WorkspaceModel, name: string, tag: string): WorkspaceFollowers {
  const library = (used: string): LibraryDefinition | undefined => model.libraries.get(used)?.value;
  const users = [...model.modules.values()].filter(({ value }) =>
    collectLibraries(value?.uses ?? [], library).some((used) => used.name === name && used.tag === tag),
  );
  const modules = new Set(users.map((module) => module.name));
  const takes = ({ value }: Definition<Workflow>): boolean => {
    const domain = value?.domain ?? model.manifest.defaults.domain;
    return (value?.steps ?? []).some(({ use }) => {
      if (use.kind !== 'module') return false;
      const wanted = toWantedTag(use.tag, domain);
      return (use.module === name && wanted === tag) || (wanted === undefined && modules.has(use.module));
    });
  };
  const found = new Set([...model.workflows.values()].filter(takes).map((workflow) => workflow.name));
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const { name: outer, value } of model.workflows.values())
      if ((value?.steps ?? []).some(({ use }) => use.kind === 'workflow' && found.has(use.workflow))) found.add(outer);
  }
  return { workflows: [...found].sort(), modules: [...modules].sort() };
}
