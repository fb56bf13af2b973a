import type { ModuleContract } from '../model/module.ts';
import { findEntryUses, readEntryOf, type EditorWorkspace } from './editorWorkspace.ts';
import { toOwner, toPort, type Entity, type Occurrence } from './entity.ts';

/** What the entry functions of a Python file mean: the modules that name them, their arguments and what they return. */
export function collectPythonOccurrences(workspace: EditorWorkspace, path: string): readonly Occurrence[] {
  return findEntryUses(workspace, path).flatMap((use) => {
    const reading = readEntryOf(workspace, path, use.function);
    if (reading?.kind !== 'found') return [];
    const { name } = use.definition;
    const entity: Entity = { kind: use.of, within: '', name };
    const itself: Occurrence = { file: path, range: reading.entry.range, entity, role: 'code' };
    const module = use.of === 'module' ? workspace.checked.model.modules.get(name)?.value : undefined;
    if (module === undefined) return [itself];
    const owner = toOwner('module', name);
    const parameters = reading.entry.parameters.flatMap((parameter) => toArgument(module, owner, path, parameter));
    const keys = reading.entry.returns.kind === 'literal' ? reading.entry.returns.returns.flat() : [];
    const outputs = keys
      .filter(({ key }) => module.outputs.some((output) => output.name === key))
      .map(({ key, range }): Occurrence => ({ file: path, range, entity: toPort(owner, 'out', key), role: 'code' }));
    return [itself, ...parameters, ...outputs];
  });
}

function toArgument(
  module: ModuleContract,
  owner: string,
  file: string,
  { name, range }: { readonly name: string; readonly range: Occurrence['range'] },
): readonly Occurrence[] {
  if (module.inputs.some((input) => input.name === name)) return [{ file, range, entity: toPort(owner, 'in', name), role: 'code' }];
  if (module.params.some((param) => param.name === name))
    return [{ file, range, entity: { kind: 'param', within: owner, name }, role: 'code' }];
  return [];
}
