import { readFile } from 'node:fs/promises';
import { createPythonReader } from '../../../language/python/createPythonReader.ts';
import { FileIndex } from '../../builder/fileIndex.ts';
import { loadBundler } from '../../builder/typescript/bundler.ts';
import type { CheckDocument } from '../../protocol/documents.ts';
import { findPlaces } from '../../server/places.ts';
import { toDiagnosticDocument } from '../../workspace/checkFailure.ts';
import { createCheckScope } from '../../workspace/checkScope.ts';
import { findTypeScriptErrors } from '../../workspace/typescriptFindings.ts';
import { WorkspaceChecker } from '../../workspace/workspaceChecker.ts';
import type { CommandContext } from '../commandContext.ts';
import { toFindingCount, toFindingLines } from '../findingText.ts';

/** Finds errors without an agent: by the same code that the workspace role uses, over the files as they are. Exit 1 with errors. */
export async function check(context: CommandContext, names: readonly string[] = []): Promise<number> {
  const root = context.root();
  const document = await checkFolder(root, names);
  context.answer(document, () =>
    [...toFindingLines(context, root, document.diagnostics), toFindingCount(document.diagnostics), ''].join('\n'),
  );
  return document.diagnostics.some((diagnostic) => diagnostic.severity === 'error') ? 1 : 0;
}

async function checkFolder(root: string, names: readonly string[]): Promise<CheckDocument> {
  // This file is in `cli/` and the places are seen from `server/`; in a bundle both are beside it.
  const places = findPlaces(new URL(import.meta.url.endsWith('.ts') ? '../../server/main.ts' : './agent.mjs', import.meta.url).href);
  const [runtime, grammar] = await Promise.all([readFile(places.treeSitter), readFile(places.treeSitterPython)]);
  const index = new FileIndex({ root, cacheFile: undefined, now: Date.now });
  await index.scan();
  const checker = new WorkspaceChecker(index, await createPythonReader({ runtime, grammar }));
  const { diagnostics, model } = await checker.check();
  const errors = await findTypeScriptErrors(index, model, () => loadBundler(places.bundler));
  const isConcerned = createCheckScope(model, names);
  const shown = [...diagnostics, ...errors].filter(({ file }) => isConcerned(file));
  return { v: 1, diagnostics: shown.map(toDiagnosticDocument) };
}
