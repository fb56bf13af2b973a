import { hash } from 'node:crypto';
import { toCanonicalJson, type Json } from '../../language/model/json.ts';
import type { ModuleContract, Param } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { PortType } from '../../language/model/portType.ts';
import type { Reference } from '../../language/model/workflow.ts';
import type { ArtifactManifest, PinnedEnvironment, PinnedStep, PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import type { BlobBytes } from '../../rde-agent/protocol/roles.ts';

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', content, 'hex')}`;
}

export const ENVIRONMENT: PinnedEnvironment = {
  digest: digestOf('environment'),
  name: 'test',
  python: '3.13.0',
  platform: 'linux-x86_64',
  lock: null,
  packages: { numpy: '2.0.0+sha256:aa' },
  image: null,
  variables: { TZ: 'UTC' },
};

/** A contract with JSON ports and nothing special. */
export function contractOf(name: string, inputs: readonly string[], changes: Partial<ModuleContract> = {}): ModuleContract {
  const json: PortType = { kind: 'json' };
  return {
    name,
    kind: 'data',
    description: '',
    language: 'python',
    entry: { file: 'main.py', function: 'run' },
    environment: undefined,
    uses: [],
    inputs: inputs.map((port) => ({ name: port, type: json })),
    params: [],
    outputs: [{ name: 'out', type: json, addLabels: [] }],
    resources: { cpu: 1, memory: 0, gpu: 0, network: 'none' },
    determinism: 'pure',
    seed: undefined,
    reuse: 'fork',
    preload: [],
    cache: { version: 1, salt: '' },
    tests: undefined,
    ...changes,
  };
}

export interface StepSketch {
  /** `from` as `step`, `step[*]` or `step[element]`; one input port `in0`, `in1`, … for each */
  readonly needs?: readonly string[];
  readonly params?: { readonly [name: string]: Json };
  readonly foreach?: readonly Json[];
  readonly code?: string;
  readonly module?: string;
  readonly contract?: Partial<ModuleContract>;
  readonly changes?: Partial<PinnedStep>;
}

/** A step of one sketch: the fan-out's value is passed as parameter `each`. */
export function stepOf(id: string, sketch: StepSketch = {}): PinnedStep {
  const { needs = [], params = {}, foreach, module = `test/${id.toLowerCase()}`, code = id, contract, changes } = sketch;
  const inputs = Object.fromEntries(needs.map((need, index) => [`in${String(index)}`, toReference(need)]));
  const declared: Param[] = Object.keys(params).map((name) => ({ name, type: 'json' }));
  if (foreach !== undefined) declared.push({ name: 'each', type: 'json' });
  return {
    id,
    kind: 'module',
    name: module,
    artifact: artifactOf(module, code).digest,
    environment: ENVIRONMENT.digest,
    inputs,
    contract: contractOf(module, Object.keys(inputs), { params: declared, ...contract }),
    params: {
      ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { kind: 'literal', value }] as const)),
      ...(foreach === undefined
        ? {}
        : { each: { kind: 'template', parts: [{ kind: 'substitution', scope: 'foreach', name: 'each' }] } as const }),
    },
    foreach: foreach === undefined ? undefined : { names: ['each'], values: { each: foreach } },
    retry: { attempts: 3, backoff: 0, on: ['infrastructure'] },
    timeout: undefined,
    cluster: 'local',
    cache: 'on',
    columns: undefined,
    ...changes,
  };
}

export function workflowOf(steps: readonly PinnedStep[], changes: Partial<PinnedWorkflow> = {}): PinnedWorkflow {
  return {
    workflow: 'test/flow',
    workspace: 'test',
    tree: digestOf('tree'),
    domain: 'experiment',
    params: {},
    environments: [ENVIRONMENT],
    steps,
    outputs: {},
    ...changes,
  };
}

/** The artifact of a module whose only file is `code`. */
export function artifactOf(name: string, code: string): { readonly digest: Digest; readonly blobs: readonly BlobBytes[] } {
  const source = Buffer.from(code);
  const manifest: ArtifactManifest = {
    v: 1,
    kind: 'module',
    name,
    language: 'python',
    entry: { file: 'main.py', function: 'run' },
    files: [{ path: 'main.py', mode: 0o644, digest: digestOf(source), size: source.length }],
  };
  const bytes = Buffer.from(toCanonicalJson(manifest));
  return {
    digest: digestOf(bytes),
    blobs: [
      { digest: digestOf(bytes), bytes },
      { digest: digestOf(source), bytes: source },
    ],
  };
}

/** The artifact of a library with these files. */
export function libraryOf(
  name: string,
  files: { readonly [path: string]: string },
): { readonly digest: Digest; readonly blobs: readonly BlobBytes[] } {
  const sources = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  const manifest: ArtifactManifest = {
    v: 1,
    kind: 'library',
    name,
    language: 'python',
    entry: { file: '', function: '' },
    files: sources.map(({ path, bytes }) => ({ path, mode: 0o644, digest: digestOf(bytes), size: bytes.length })),
  };
  const bytes = Buffer.from(toCanonicalJson(manifest));
  const blobs = [bytes, ...sources.map((source) => source.bytes)].map((each) => ({ digest: digestOf(each), bytes: each }));
  return { digest: digestOf(bytes), blobs };
}

/** Everything that a submission of sketches has to bring. `codes` as the sketches have them: step id → code. */
export function blobsOf(sketches: { readonly [step: string]: StepSketch }): readonly BlobBytes[] {
  return Object.entries(sketches).flatMap(
    ([id, sketch]) => artifactOf(sketch.module ?? `test/${id.toLowerCase()}`, sketch.code ?? id).blobs,
  );
}

export function sketchWorkflow(sketches: { readonly [step: string]: StepSketch }): PinnedWorkflow {
  return workflowOf(Object.entries(sketches).map(([id, sketch]) => stepOf(id, sketch)));
}

function toReference(text: string): Reference {
  const [, step = text, element] = /^(.*?)(?:\[(.*)\])?$/.exec(text) ?? [];
  const select =
    element === undefined ? { kind: 'none' as const } : element === '*' ? { kind: 'all' as const } : { kind: 'one' as const, element };
  return { step, port: 'out', select };
}
