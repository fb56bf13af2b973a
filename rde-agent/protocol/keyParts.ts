import type { Digest } from '../../language/model/names.ts';
import type { Json } from '../../language/model/json.ts';

/** What a task was given on one port: the digest of content, and how much of it. */
export type InputPart =
  | {
      readonly kind: 'value';
      /** Logical digest of what is given; for a table, over the projected columns in order. Byte digest where no logical one exists. */
      readonly digest: Digest;
      /** Projected columns in order; `null` = not a table, or all of them. */
      readonly columns: readonly string[] | null;
      readonly filter: null;
      readonly mask: null;
    }
  | { readonly kind: 'list'; readonly items: readonly InputPart[] };

/**
 * The parts of a cache key (identity-and-cache.md, canonical key). The key is
 * `sha256("cairn/task/v1\0" ‖ canonical JSON(parts))`. Every part exists from the first version; one that cannot be computed
 * makes the task uncacheable and is never left out. Principal, run id, labels and positions are not in it.
 */
export interface KeyParts {
  readonly scope: { readonly tenant: string; readonly domain: string; readonly residency: string };
  readonly module: {
    readonly kind: 'module' | 'dataset';
    readonly name: string;
    /** `file:function` */
    readonly entry: string;
    /** Digest of the contract's meaning: ports, params' types and defaults, determinism; not descriptions or resources. */
    readonly interface: Digest;
    /** Digest of the artifact. */
    readonly code: Digest;
    /** name → artifact; absent = uses none (absent parts are not in the canonical text, so keys of before stay as they were) */
    readonly libraries?: { readonly [name: string]: Digest };
  };
  /** Only of datasets that the agent fetches: the kind of source, what it was asked (digest), and the version that it had. */
  readonly source?: { readonly kind: string; readonly request: Digest; readonly version: string; readonly format: string };
  readonly environment: {
    /** full version, `3.13.0` */
    readonly python: string;
    /** `linux-x86_64` */
    readonly platform: string;
    /** name → `version+sha256:<digest of its sorted hashes>` */
    readonly packages: { readonly [name: string]: string };
    readonly image: string | null;
    readonly variables: { readonly [name: string]: string };
    /** full version; only of TypeScript modules */
    readonly node?: string;
  };
  readonly inputs: { readonly [port: string]: InputPart };
  /** Typed, defaults filled in: `1` of `int` and `1` of `float` differ by their type. */
  readonly params: { readonly [name: string]: { readonly type: string; readonly value: Json } };
  readonly seed: number | null;
  readonly nominalTime: string | null;
  readonly determinism: { readonly class: string; readonly version: number; readonly salt: string };
}

/** Names the code of a module with that of its libraries. */
export function toCodeName({ code, libraries = {} }: Pick<KeyParts['module'], 'code' | 'libraries'>): string {
  return [
    code,
    ...Object.keys(libraries)
      .sort()
      .map((name) => libraries[name] ?? ''),
  ].join(' ');
}
