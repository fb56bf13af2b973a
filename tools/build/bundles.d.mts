import type { BuildOptions } from 'esbuild';

/** The bundles to make, by name. */
export const bundleTable: { readonly [name in 'agent' | 'extension' | 'languageServer' | 'webviews']: () => BuildOptions };
