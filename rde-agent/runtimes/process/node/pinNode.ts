import type { EnvironmentDefinition } from '../../../../language/model/environment.ts';
import { toCanonicalJson } from '../../../../language/model/json.ts';
import type { PinnedEnvironment } from '../../../protocol/pinned.ts';
import { toDigest, toSecrets } from '../environment/pinEnvironment.ts';

const ARCHITECTURES: { readonly [name: string]: string } = { x64: 'x86_64', arm64: process.platform === 'darwin' ? 'arm64' : 'aarch64' };

/** The environment of TypeScript modules: Node alone decides; their packages are in their bundles. */
export function pinNode(definition: EnvironmentDefinition, version: string): PinnedEnvironment {
  const decided = {
    python: '',
    platform: `${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`,
    lock: null,
    packages: {},
    image: definition.image ?? null,
    variables: definition.variables,
    node: version,
  };
  return {
    digest: toDigest(`cairn/environment/v1\0${toCanonicalJson(decided)}`),
    name: definition.name,
    ...decided,
    ...toSecrets(definition),
  };
}
