import type { BuildOptions } from 'esbuild';

/** The bundles to make, by name; the agent's is two builds. */
export const bundleTable: { readonly [name in 'extension' | 'languageServer' | 'webviews']: () => BuildOptions } & {
  readonly agent: () => readonly BuildOptions[];
};
