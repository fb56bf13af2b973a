import type { StepUse } from '../../language/model/workflow.ts';
import { createSourceMap } from '../../language/parse/sourceMap.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Release } from '../protocol/release.ts';
import type { RunRole } from '../protocol/roles.ts';
import type { Checked } from './workspaceChecker.ts';

/** `ns/name@tag` → what the tag names: modules of others, of which this workspace has no source. */
export type ForeignModules = ReadonlyMap<string, Release>;

/** Files as they are, with the modules of others that their workflows take by tags: contracts come from what was pushed. */
export interface WithForeign {
  readonly checked: Checked;
  readonly foreign: ForeignModules;
}

const NONE: ForeignModules = new Map();

/** A tag that names nothing is left as it was: whoever runs the workflow is told that it is not here. */
export async function withForeignModules(checked: Checked, releases: Pick<RunRole['releases'], 'find'>): Promise<WithForeign> {
  const uses = listForeign(checked.model);
  if (uses.length === 0) return { checked, foreign: NONE };
  const foreign = new Map<string, Release>();
  for (const { module, tag } of uses) {
    const release = await releases.find(module, tag);
    if (release?.contract != null) foreign.set(toForeignName(module, tag), release);
  }
  const modules = new Map(checked.model.modules);
  for (const { module, contract } of foreign.values()) if (contract !== null) modules.set(module, toDefinition(module, contract));
  return { checked: { ...checked, model: { ...checked.model, modules } }, foreign };
}

export function toForeignName(module: string, tag: string): string {
  return `${module}@${tag}`;
}

function listForeign({ workflows, modules }: WorkspaceModel): readonly { readonly module: string; readonly tag: string }[] {
  const uses = [...workflows.values()].flatMap(({ value }) => (value?.steps ?? []).map(({ use }) => use));
  const isForeign = (use: StepUse): boolean => use.kind === 'module' && use.tag !== undefined && !modules.has(use.module);
  const named = uses.filter(isForeign).flatMap((use) => (use.kind === 'module' ? [{ module: use.module, tag: use.tag ?? '' }] : []));
  return [...new Map(named.map((use) => [toForeignName(use.module, use.tag), use])).values()];
}

/** It has no files here; its environment comes with it. */
function toDefinition(name: string, contract: ModuleContract): Definition<ModuleContract> {
  const file = `${name}@`;
  const value = { ...contract, environment: undefined, uses: [] };
  return { name, file, folder: '', value, source: createSourceMap(file, '', new Map()), errors: 0 };
}
