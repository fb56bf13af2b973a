import { createHash } from 'node:crypto';
import type { Digest } from '../../language/model/names.ts';
import type { Analyzer, Source } from '../../rde-agent/analysis/analyzer.ts';
import type { ParsedSkeleton, Skeleton } from '../../rde-agent/analysis/skeleton.ts';
import { toProbeVariables } from '../../rde-agent/runtimes/process/environment/variables.ts';
import { ProbeCache } from '../../rde-agent/runtimes/process/python/probeCache.ts';
import { PythonFinder } from '../../rde-agent/runtimes/process/python/pythonFinder.ts';
import { toProcessOptions } from './runtimeProcess.ts';

/** Finds interpreters of this host by their minor version. */
export function createFindPython(): (minor: string) => Promise<string> {
  const pythons = new PythonFinder(process.env, new ProbeCache(undefined, toProbeVariables(process.env)), toProcessOptions('').clock);
  return async (minor) => (await pythons.find(`==${minor}.*`)).executable;
}

/** Minor versions that are here, of those that the runner supports. */
export async function listMinors(): Promise<readonly string[]> {
  const find = createFindPython();
  const found = await Promise.all(
    ['3.10', '3.11', '3.12', '3.13', '3.14'].map((minor) =>
      find(minor).then(
        () => minor,
        () => undefined,
      ),
    ),
  );
  return found.filter((minor) => minor !== undefined);
}

export function toSource(content: string | Uint8Array): Source {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { digest: toDigestOf(bytes), read: () => Promise.resolve(bytes) };
}

function toDigestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export async function analyse(analyzer: Analyzer, python: string, content: string | Uint8Array): Promise<Skeleton> {
  const source = toSource(content);
  await analyzer.ensure(python, [source]);
  const skeleton = analyzer.known(python, source.digest);
  if (skeleton === undefined) throw new Error('it is still not known');
  return skeleton;
}

export async function analyseParsed(analyzer: Analyzer, python: string, content: string): Promise<ParsedSkeleton> {
  const skeleton = await analyse(analyzer, python, content);
  if (!skeleton.parses) throw new Error(`${skeleton.error.message}: ${content}`);
  return skeleton;
}
