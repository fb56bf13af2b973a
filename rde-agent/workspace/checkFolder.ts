import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import type { PythonReader } from '../../language/python/pythonReader.ts';
import { FileIndex } from '../builder/fileIndex.ts';
import { loadBundler } from '../builder/typescript/bundler.ts';
import type { CheckDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import { toDiagnosticDocument } from './checkFailure.ts';
import { findTypeScriptErrors } from './typescriptFindings.ts';
import { WorkspaceChecker } from './workspaceChecker.ts';

/** Checks a workspace once, without an agent: `cairn check` in CI. Rejects with CairnError `no-workspace`. */
export async function checkFolder(root: string, python: PythonReader | undefined): Promise<CheckDocument> {
  if (statSync(path.join(root, MANIFEST_FILE), { throwIfNoEntry: false }) === undefined)
    throw new CairnError('no-workspace', `${root} has no ${MANIFEST_FILE}`);
  const index = new FileIndex({ root: realpathSync(root), cacheFile: undefined, now: Date.now });
  await index.scan();
  const { diagnostics, model } = await new WorkspaceChecker(index, python).check();
  const errors = await findTypeScriptErrors(index, model, () => loadBundler({ from: import.meta.url, wasm: undefined }));
  return { v: 1, diagnostics: [...diagnostics, ...errors].map(toDiagnosticDocument) };
}
