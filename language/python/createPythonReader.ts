import treeSitter, { type Parser, type Tree } from '@vscode/tree-sitter-wasm';
import { findArgument } from './findArgument.ts';
import type { PythonReader } from './pythonReader.ts';
import { readEntry } from './readEntry.ts';
import { createTreeKeeper } from './treeKeeper.ts';

/** The two wasm files of `@vscode/tree-sitter-wasm`: `tree-sitter.wasm` and `tree-sitter-python.wasm`. The host reads them. */
export interface PythonReaderFiles {
  readonly runtime: Uint8Array;
  readonly grammar: Uint8Array;
}

/** Rejects where the bytes are not those files. One reader serves a whole process. */
export async function createPythonReader(files: PythonReaderFiles): Promise<PythonReader> {
  const { Parser, Language } = treeSitter;
  // The declared options lack `wasmBinary`, which the runtime takes instead of a file of its own choice.
  const options = { wasmBinary: files.runtime, locateFile: (file: string): string => file };
  await Parser.init(options);
  const language = await Language.load(files.grammar);
  const parser: Parser = new Parser();
  parser.setLanguage(language);
  const trees = createTreeKeeper<Tree>((source, former) => {
    const tree = parser.parse(source, former ?? null);
    if (former === undefined || tree?.rootNode.hasError !== true) return tree ?? undefined;
    // What is made of an error depends on the way there: the answer must be the same as without a former tree.
    tree.delete();
    return parser.parse(source) ?? undefined;
  });
  return {
    readEntry(source, functionName) {
      const tree = trees.read(source);
      if (tree === undefined) return { kind: 'unreadable', range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } } };
      return readEntry(tree.rootNode, functionName);
    },
    findArgument(source, functionName, argument) {
      const tree = trees.read(source);
      return tree === undefined ? { kind: 'none' } : findArgument(tree.rootNode, functionName, argument);
    },
  };
}
