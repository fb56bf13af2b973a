import { toCanonicalJson } from '../../language/model/json.ts';
import { toLibraryImport } from '../../language/model/library.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Judgement } from '../engine/cacheLookup.ts';
import type { Hash } from '../engine/hash.ts';
import type { StepNode, TaskNode } from '../engine/taskNode.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { Reason } from '../protocol/reason.ts';
import type { ReadSource } from '../protocol/roles.ts';
import type { CodeBefore, CodeNow, Trace, TraceVerdict } from '../protocol/trace.ts';
import type { Manifests } from './manifests.ts';
import { OutsideFiles } from './outsideFiles.ts';
import type { TraceAnalysis } from './traceAnalysis.ts';
import type { Traces } from './traces.ts';

type Known = Exclude<TraceVerdict, { readonly kind: 'unknown' }>;
type Libraries = { readonly [name: string]: string };

export interface TraceJudgeOptions {
  readonly traces: Traces;
  readonly manifests: Manifests;
  /** absent = nothing is judged, so that only an equal key is reused */
  readonly analysis: TraceAnalysis | undefined;
  readonly hash: Hash;
}

/** verdicts remembered */
const VERDICTS = 50_000;
/** code trees whose files are remembered */
const TREES = 256;
/** rounds of analysis before a verdict is given up: one verdict may need to know the sources of another round */
const ROUNDS = 4;

/** Judges earlier results by their traces. A verdict depends on contents alone, so it is remembered; only what lies outside is looked at anew. */
export class TraceJudge {
  readonly #options: TraceJudgeOptions;
  readonly #outside: OutsideFiles;
  readonly #verdicts = new Map<string, Known>();
  readonly #trees = new Map<string, CodeNow['files']>();
  readonly #befores = new WeakMap<CachedResult, string>();
  readonly #nows = new WeakMap<StepNode, string>();
  readonly #learning = new Map<string, Promise<void>>();

  constructor(options: TraceJudgeOptions) {
    this.#options = options;
    this.#outside = new OutsideFiles(options.hash);
  }

  /** Names what a judgement is about: a trace with its surroundings, and those of now. */
  toName(entry: CachedResult, node: TaskNode): string {
    return `${this.#toBefore(entry)} ${this.#toNow(node)}`;
  }

  judge(entry: CachedResult, node: TaskNode): Judgement {
    if (entry.trace === undefined || this.#options.analysis === undefined) return { kind: 'none' };
    const verdict = this.#remembered(entry, node);
    if (verdict === undefined) return { kind: 'unknown' };
    if (entry.outside !== true) return verdict;
    const trace = this.#options.traces.known(entry.trace);
    if (trace === null) return { kind: 'none' };
    return trace === undefined ? { kind: 'unknown' } : this.#withOutside(verdict, trace);
  }

  /** Afterwards `judge` knows. Rejects when something that it needs is not here, or cannot be analysed. */
  learn(entry: CachedResult, node: TaskNode, read: ReadSource): Promise<void> {
    const name = `${this.toName(entry, node)} ${toWords(entry)}`;
    let learning = this.#learning.get(name);
    if (learning === undefined) {
      learning = this.#learn(entry, node, read).finally(() => this.#learning.delete(name));
      this.#learning.set(name, learning);
    }
    return learning;
  }

  async #learn(entry: CachedResult, node: TaskNode, read: ReadSource): Promise<void> {
    const { traces, analysis } = this.#options;
    if (entry.trace === undefined || analysis === undefined) return;
    const trace = await traces.load(entry.trace);
    if (trace === null) throw new Error(`the trace ${entry.trace} cannot be read`);
    for (const [path, before] of Object.entries(trace.outside))
      if (before !== IS_FILE && this.#outside.look(path) === undefined) await this.#outside.read(path);
    if (this.#remembered(entry, node) !== undefined) return;
    const before = await this.#toCodeBefore(entry, trace);
    const now = await this.#toCodeNow(node);
    for (let round = 0; round < ROUNDS; round += 1) {
      const verdict = analysis.judge(before, now);
      if (verdict.kind !== 'unknown') return this.#remember(entry, node, verdict);
      await analysis.learn(verdict.sources, read);
    }
    throw new Error(`the sources of ${node.id} do not become known`);
  }

  async #toCodeBefore({ parts }: CachedResult, trace: Trace): Promise<CodeBefore> {
    const { module, environment, params } = parts;
    const files = await this.#filesOf(module.code, module.libraries ?? {});
    return { trace, files, packages: environment.packages, variables: environment.variables, params, entry: module.entry };
  }

  async #toCodeNow({ step, environment }: TaskNode): Promise<CodeNow> {
    const libraries = Object.fromEntries((step.libraries ?? []).map(({ name, artifact }) => [name, artifact]));
    const files = await this.#filesOf(step.artifact, libraries);
    return { files, packages: environment.packages, variables: environment.variables };
  }

  /** As they are laid out, without doing so. */
  async #filesOf(artifact: Digest, libraries: { readonly [name: string]: Digest }): Promise<CodeNow['files']> {
    const name = toTreeName(artifact, libraries);
    const known = this.#trees.get(name);
    if (known !== undefined) return known;
    const files: { [path: string]: Digest } = {};
    for (const file of (await this.#options.manifests.load(artifact)).files) files[file.path] = file.digest;
    for (const [library, digest] of Object.entries(libraries)) {
      const folder = toLibraryImport(library);
      for (const file of (await this.#options.manifests.load(digest)).files) files[`${folder}/${file.path}`] = file.digest;
    }
    if (this.#trees.size >= TREES) this.#trees.clear();
    this.#trees.set(name, files);
    return files;
  }

  /** A verdict that needed no excuse is the same for all parameters; else their words count. */
  #remember(entry: CachedResult, node: TaskNode, verdict: Known): void {
    if (this.#verdicts.size >= VERDICTS) this.#verdicts.clear();
    const name = this.toName(entry, node);
    this.#verdicts.set(verdict.kind === 'same' && !verdict.excused ? name : `${name} ${toWords(entry)}`, verdict);
  }

  #remembered(entry: CachedResult, node: TaskNode): Known | undefined {
    const name = this.toName(entry, node);
    return this.#verdicts.get(name) ?? this.#verdicts.get(`${name} ${toWords(entry)}`);
  }

  #withOutside(verdict: Known, { outside }: Trace): Judgement {
    const reasons: Reason[] = [];
    for (const [path, before] of Object.entries(outside)) {
      const now = this.#outside.look(path);
      // One that was not read: that it is there is enough.
      if (before === IS_FILE && (now === undefined || now?.startsWith('sha256:') === true)) continue;
      if (now === undefined) return { kind: 'unknown' };
      if (now !== before) reasons.push(toOutsideReason(path, before, now));
    }
    if (reasons.length === 0) return verdict;
    return { kind: 'differs', reasons: verdict.kind === 'differs' ? [...verdict.reasons, ...reasons] : reasons };
  }

  #toBefore(entry: CachedResult): string {
    let before = this.#befores.get(entry);
    if (before === undefined) {
      const { module, environment } = entry.parts;
      const parts = [entry.trace ?? null, module.code, module.libraries ?? {}, environment.packages, environment.variables];
      this.#befores.set(entry, (before = this.#options.hash(toCanonicalJson(parts))));
    }
    return before;
  }

  #toNow({ place, step, environment }: TaskNode): string {
    let now = this.#nows.get(place);
    if (now === undefined) {
      const libraries = Object.fromEntries((step.libraries ?? []).map(({ name, artifact }) => [name, artifact]));
      this.#nows.set(place, (now = `${toTreeName(step.artifact, libraries)} ${environment.digest}`));
    }
    return now;
  }
}

/** what is recorded of a file that was seen to be one, and not read */
const IS_FILE = 'file';

function toTreeName(artifact: string, libraries: Libraries): string {
  return `${artifact} ${toCanonicalJson(libraries)}`;
}

/** Texts among the parameters: names that are looked up by them may be mentioned in them. */
function toWords({ parts }: CachedResult): string {
  return toCanonicalJson(
    Object.values(parts.params).map(({ value }) => (typeof value === 'number' || typeof value === 'boolean' ? null : value)),
  );
}

function toOutsideReason(path: string, before: string | null, after: string | null): Reason {
  const change = before === null ? 'is there now' : after === null ? 'is gone' : 'has other content';
  return {
    kind: 'file',
    file: path,
    ...(before === null ? {} : { before }),
    ...(after === null ? {} : { after }),
    message: `${path}, which it looked at outside of its folder, ${change}`,
  };
}
