import { mkdirSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import type { DatasetFormat } from '../../language/model/dataset.ts';
import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { Fetched, FetchedSource, SourceContext, SourceReader } from '../integrations/source.ts';
import type { Clock } from '../protocol/clock.ts';
import { CairnError } from '../protocol/errors.ts';
import type { BlobCache } from './blobCache.ts';
import { toArrivals, type KnownVersions } from './datasetArrivals.ts';
import { FetchedFiles } from './fetchedFiles.ts';
import type { Manifests } from './manifests.ts';
import type { BesideEvent, SourceArrival, SourceFile, SourceHook } from './sourceHook.ts';

/** What an agent can fetch, and how it gets there. */
export interface SourceAccess {
  readonly readers: readonly SourceReader[];
  readonly secret: SourceContext['secret'];
  readonly resolve: SourceContext['resolve'];
  /** Fetched content, emptied at start. */
  readonly folder: string;
}

export interface SourcesOptions extends SourceAccess {
  readonly blobs: BlobCache;
  readonly manifests: Manifests;
  readonly versions: KnownVersions;
  readonly hash: Hash;
  readonly clock: Clock;
}

/** milliseconds that a plan waits for a source */
const PEEK = 5000;

/** What is asked of a source: with an equal request and an equal version its content is equal. */
interface Asked {
  readonly node: TaskNode;
  readonly source: FetchedSource;
  readonly format: DatasetFormat;
  readonly request: string;
}

/** Datasets whose source the agent itself reads: a file of the artifact, or what a reader fetches. */
export class Sources implements SourceHook {
  readonly #options: SourcesOptions;
  readonly #readers: ReadonlyMap<string, SourceReader>;
  readonly #files: FetchedFiles;

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#readers = new Map(options.readers.map((reader) => [reader.kind, reader]));
    rmSync(options.folder, { recursive: true, force: true });
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#files = new FetchedFiles(options.clock);
  }

  async version(node: TaskNode, signal: AbortSignal): Promise<string> {
    const asked = this.#toAsked(node);
    if (asked.source.kind === 'file') return this.#findFile(asked);
    const version = await this.#readerOf(asked).version(asked.source, this.#toContext(signal));
    return version ?? (await this.#fetch(asked, signal)).version;
  }

  async peek(node: TaskNode): Promise<string | undefined> {
    const signal = AbortSignal.timeout(PEEK);
    try {
      const asked = this.#toAsked(node);
      if (asked.source.kind === 'file') return await this.#findFile(asked);
      return (await this.#readerOf(asked).version(asked.source, this.#toContext(signal))) ?? undefined;
    } catch (error) {
      // A plan says that it does not know; the run will say why.
      if (error instanceof CairnError || signal.aborted) return undefined;
      throw error;
    }
  }

  async content(node: TaskNode, version: string, signal: AbortSignal): Promise<SourceFile> {
    const asked = this.#toAsked(node);
    if (asked.source.kind === 'file') return { path: await this.#options.blobs.toPath(await this.#findFile(asked)), format: asked.format };
    const fetched = this.#files.find(asked.request, version) ?? (await this.#fetch(asked, signal));
    if (fetched.version !== version) {
      const message = `${node.step.name} has changed while it was fetched: it was ${version}, now it is ${fetched.version}`;
      throw new CairnError('conflict', message, { next: 'Run it again; the new version is then read.' });
    }
    this.#files.use(asked.request, version);
    const { path, format, types } = fetched;
    return { path, format, ...(types === undefined ? {} : { types }) };
  }

  arrived(arrival: SourceArrival): readonly BesideEvent[] {
    const { node, version } = arrival;
    if (version !== null && node.step.source !== undefined) this.#files.release(this.#toAsked(node).request, version);
    return toArrivals(arrival, this.#options.versions);
  }

  async #fetch(asked: Asked, signal: AbortSignal): Promise<Fetched> {
    const fetched = await this.#readerOf(asked).fetch(asked.source, asked.format, this.#options.folder, this.#toContext(signal));
    // Tasks may change modes, but what they do by mistake is caught.
    await chmod(fetched.path, 0o444);
    return this.#files.keep(asked.request, fetched);
  }

  /** The digest of a file that is part of what was built. */
  async #findFile({ node, source }: Asked): Promise<Digest> {
    const path = source.kind === 'file' ? source.path : '';
    const { files } = await this.#options.manifests.load(node.step.artifact);
    const file = files.find((each) => each.path === path);
    if (file !== undefined) return file.digest;
    throw new CairnError('store-failed', `${node.step.name}: its file ${path} was not there when it was built`, {
      next: 'Put the file where `source.path` of the dataset says, beside the dataset, and run again.',
    });
  }

  #toAsked(node: TaskNode): Asked {
    const { source, format, name } = node.step;
    if (source === undefined || format === undefined) throw new CairnError('internal', `${name} is not fetched by the agent`);
    return { node, source, format, request: this.#options.hash(toCanonicalJson({ name, source, format })) };
  }

  #readerOf({ node, source }: Asked): SourceReader {
    const reader = this.#readers.get(source.kind);
    if (reader !== undefined) return reader;
    throw new CairnError('not-supported', `${node.step.name}: this agent cannot read a ${source.kind} source`);
  }

  #toContext(signal: AbortSignal): SourceContext {
    const { secret, resolve } = this.#options;
    return { secret, resolve, signal };
  }
}
