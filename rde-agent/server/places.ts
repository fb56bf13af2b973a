import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Files that the agent needs beside its own code. */
export interface Places {
  /** the store's writer thread */
  readonly writerScript: URL;
  /** the process that opens outputs to be shown */
  readonly previewReader: URL;
  /** folder that holds the Python package `cairn` */
  readonly runnerFolder: string;
  /** the Python program that analyses source files */
  readonly analysisProgram: string;
  /** the portal's bundle; without it the agent works, but has no portal */
  readonly portalFolder: string;
  /** folder of the examples that a workspace can be made from */
  readonly examplesFolder: string;
  readonly treeSitter: string;
  readonly treeSitterPython: string;
  /** where esbuild is looked for, and where its WebAssembly is shipped */
  readonly bundler: { readonly from: string; readonly wasm: string | undefined };
}

/** In a bundle everything is beside it; in a checkout (the code is `.ts`) it is where it was written. `module` = the URL of a file in `server/`, or the bundle. */
export function findPlaces(module: string): Places {
  const at = (path: string): string => fileURLToPath(new URL(path, module));
  if (!module.endsWith('.ts')) {
    return {
      writerScript: new URL('./storeWriter.mjs', module),
      previewReader: new URL('./previewReader.mjs', module),
      runnerFolder: at('./runner/python'),
      analysisProgram: at('./analysis/python'),
      portalFolder: at('../portal'),
      examplesFolder: at('./examples'),
      treeSitter: at('./wasm/tree-sitter.wasm'),
      treeSitterPython: at('./wasm/tree-sitter-python.wasm'),
      bundler: { from: module, wasm: at('./esbuild-wasm') },
    };
  }
  const wasm = '../../node_modules/@vscode/tree-sitter-wasm/wasm';
  return {
    writerScript: new URL('../store/sqlite/writerThread.ts', module),
    previewReader: new URL('../executor/preview/reader.ts', module),
    runnerFolder: at('../runner/python'),
    analysisProgram: at('../analysis/python'),
    portalFolder: at('../../dist/portal'),
    examplesFolder: at('../../examples'),
    treeSitter: at(`${wasm}/tree-sitter.wasm`),
    treeSitterPython: at(`${wasm}/tree-sitter-python.wasm`),
    bundler: { from: module, wasm: undefined },
  };
}

/** Names of what is missing; none in a complete installation. */
export function listMissing(places: Places): readonly string[] {
  return [
    fileURLToPath(places.writerScript),
    fileURLToPath(places.previewReader),
    places.runnerFolder,
    places.analysisProgram,
    places.treeSitter,
    places.treeSitterPython,
  ].filter((path) => !existsSync(path));
}
