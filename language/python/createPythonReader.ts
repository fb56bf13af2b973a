import treeSitter from '@vscode/tree-sitter-wasm';
import type { PythonReader } from './pythonReader.ts';
import { readEntry } from './readEntry.ts';

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
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    readEntry(source, functionName) {
      const tree = parser.parse(source);
      if (tree === null) return { kind: 'unreadable', range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } } };
      try {
        return readEntry(tree.rootNode, functionName);
      } finally {
        // The tree lives in the memory of the wasm runtime, which no collector sees.
        tree.delete();
      }
    },
  };
}
