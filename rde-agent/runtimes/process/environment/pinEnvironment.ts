import { createHash } from 'node:crypto';
import type { EnvironmentDefinition } from '../../../../language/model/environment.ts';
import { toCanonicalJson } from '../../../../language/model/json.ts';
import type { Digest } from '../../../../language/model/names.ts';
import { CairnError } from '../../../protocol/errors.ts';
import type { PinnedEnvironment } from '../../../protocol/pinned.ts';
import type { Python } from '../python/pythonProbe.ts';
import { parseRequirements, type Requirement } from '../python/requirements.ts';

/** The environment as this interpreter makes it. Throws `environment-failed` naming the line when the lock cannot be read. */
export function pinEnvironment(definition: EnvironmentDefinition, lock: string | null, python: Python): PinnedEnvironment {
  if (definition.lock !== undefined && lock === null) {
    throw new CairnError('environment-failed', `the lock file ${definition.lock} of the environment ${definition.name} is not there`, {
      next: `Write it with \`uv pip compile --universal --generate-hashes\`, or remove \`lock\` from the environment.`,
    });
  }
  const decided = {
    python: python.version,
    platform: python.platform,
    lock: lock === null ? null : toDigest(lock),
    packages: lock === null ? {} : toPackages(readRequirements(definition, lock, python)),
    image: definition.image ?? null,
    variables: definition.variables,
  };
  return {
    digest: toDigest(`cairn/environment/v1\0${toCanonicalJson(decided)}`),
    name: definition.name,
    ...decided,
    ...toSecrets(definition),
  };
}

/** Names alone, and no part of the digest: another secret makes no other environment. */
export function toSecrets({ secrets }: EnvironmentDefinition): Pick<PinnedEnvironment, 'secrets'> {
  return secrets.length === 0 ? {} : { secrets };
}

function readRequirements(definition: EnvironmentDefinition, lock: string, python: Python): readonly Requirement[] {
  const requirements = parseRequirements(lock, python.markers);
  if (requirements.kind === 'requirements') return requirements.list;
  const file = definition.lock ?? 'the lock';
  throw new CairnError('environment-failed', `${file}, line ${String(requirements.line)}: ${requirements.message}`, {
    next: 'Lock again with `uv pip compile --universal --generate-hashes`.',
  });
}

function toPackages(requirements: readonly Requirement[]): { readonly [name: string]: string } {
  return Object.fromEntries(requirements.map(({ name, version, hashes }) => [name, `${version}+${toDigest(hashes.join('\n'))}`]));
}

export function toDigest(text: string): Digest {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
