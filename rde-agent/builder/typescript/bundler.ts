import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Esbuild from 'esbuild';
import { CairnError } from '../../protocol/errors.ts';

/** The one version whose bundles we know; native and WebAssembly builds of it write the same bytes. */
const VERSION = '0.28.2';

/** What of esbuild's API is used; both of its packages have it. */
export type Bundler = Pick<typeof Esbuild, 'build' | 'context'> & {
  /** `native` = a program of its own; `wasm` = slower, without native code */
  readonly kind: 'native' | 'wasm';
};

export interface BundlerPlaces {
  /** URL of a file of ours: the native package is looked for from there, as Node does */
  readonly from: string;
  /** folder of the WebAssembly package; `undefined` = found as a package */
  readonly wasm: string | undefined;
}

/**
 * Loads esbuild: the native package where it is installed in our version, else the one in WebAssembly that is shipped with us. Rejects
 * with CairnError `not-supported` when there is neither.
 */
export async function loadBundler(places: BundlerPlaces): Promise<Bundler> {
  const native = findPackage('esbuild', places.from);
  if (native !== undefined) {
    const esbuild = await loadApi(native);
    if (esbuild.version === VERSION) return { kind: 'native', ...toApi(esbuild) };
  }
  const wasm = places.wasm === undefined ? findPackage('esbuild-wasm', places.from) : path.join(places.wasm, 'lib', 'main.js');
  if (wasm === undefined) {
    throw new CairnError('not-supported', 'TypeScript modules need esbuild, which is not installed', {
      next: `Install Cairn again, or install esbuild ${VERSION} beside it.`,
    });
  }
  return { kind: 'wasm', ...toApi(await loadApi(wasm)) };
}

function toApi(esbuild: typeof Esbuild): Pick<typeof Esbuild, 'build' | 'context'> {
  const { build, context } = esbuild;
  return { build, context };
}

function findPackage(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    // Not installed: the other package, or the caller's message.
    return undefined;
  }
}

/** By its path, so that our own bundle does not swallow it. */
async function loadApi(file: string): Promise<typeof Esbuild> {
  const loaded = (await import(pathToFileURL(file).href)) as { readonly default: typeof Esbuild };
  return loaded.default;
}
