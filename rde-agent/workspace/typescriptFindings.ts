import type { Diagnostic } from '../../language/model/diagnostic.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import type { FileIndex } from '../builder/fileIndex.ts';
import type { Bundler } from '../builder/typescript/bundler.ts';
import { TypeScriptBuilder } from '../builder/typescript/typescriptBuilder.ts';
import { toBuildTargets } from './buildTargets.ts';

/** Bundles every TypeScript module of a workspace once, for a check without an agent; answers their errors. */
export async function findTypeScriptErrors(
  index: FileIndex,
  model: WorkspaceModel,
  load: () => Promise<Bundler>,
): Promise<readonly Diagnostic[]> {
  const { typescript } = toBuildTargets(model);
  if (typescript.length === 0) return [];
  const builder = new TypeScriptBuilder({ root: index.root, index, load });
  try {
    await builder.prepare(typescript);
    return builder.diagnostics(typescript);
  } finally {
    await builder.dispose();
  }
}
