import type { Domain } from './dataset.ts';

/** `cairn.yaml`, normalised. Globs are relative to the root. */
export interface WorkspaceManifest {
  readonly name: string;
  readonly description: string;
  readonly modules: readonly string[];
  /** default: `libraries/**`; libraries are found in `modules` too */
  readonly libraries: readonly string[];
  readonly workflows: readonly string[];
  readonly environments: readonly string[];
  readonly datasets: readonly string[];
  readonly namespaces: { readonly [name: string]: { readonly owners: readonly string[] } };
  readonly defaults: {
    /** `undefined` = an empty environment of the newest Python found */
    readonly environment: string | undefined;
    readonly cluster: string;
    readonly domain: Domain;
  };
}

export const MANIFEST_FILE = 'cairn.yaml';
