import type { Digest } from '../../language/model/names.ts';
import type { ReadWorkflowSource } from '../../language/model/workflowSource.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { PushedGraphDocument } from '../protocol/portalDocuments.ts';
import type { BlobCache } from './blobCache.ts';
import type { Published } from './published.ts';
import { toPushedGraph } from './pushedGraph.ts';
import { PushedNews } from './pushedNews.ts';
import { readPushedSources } from './pushedSources.ts';
import { readTexts, withParams } from './runParams.ts';

export interface PushedWorkflowsOptions {
  readonly published: Published;
  readonly blobs: BlobCache;
  readonly readWorkflow: ReadWorkflowSource;
}

/** pictures that are remembered: whoever looks at one looks again, and its tree is read through for it */
const KEPT = 4;

/** Pushed workflows as people look at them: the graph of one, what a run of it would do, and news of both. */
export class PushedWorkflows {
  readonly news: PushedNews;
  readonly #options: PushedWorkflowsOptions;
  readonly #graphs = new Map<Digest, Promise<Omit<PushedGraphDocument, 'v' | 'pushed'>>>();

  constructor(options: PushedWorkflowsOptions) {
    this.#options = options;
    this.news = new PushedNews(() => options.published.known());
  }

  /** Rejects with `unknown-workflow`, or with `unknown-blob` where the definition was lost. */
  async show(name: string): Promise<PushedGraphDocument> {
    const { published } = this.#options;
    const found = published.find(name);
    const definition = await published.read(found);
    return { v: 1, pushed: published.summarise(found, definition), ...(await this.#graph(found.definition, definition)) };
  }

  /** What a trigger would run now. Rejects as it does. */
  async toRun({ workflow, params, texts }: CheckedParamsOf<'workflow.plan'>): Promise<PinnedWorkflow> {
    const { published } = this.#options;
    const definition = await published.resolve(published.find(workflow));
    return withParams(definition, { ...params, ...readTexts(definition, texts) });
  }

  #graph(digest: Digest, definition: PinnedWorkflow): Promise<Omit<PushedGraphDocument, 'v' | 'pushed'>> {
    const known = this.#graphs.get(digest);
    if (known !== undefined) return known;
    const [oldest] = this.#graphs.keys();
    if (oldest !== undefined && this.#graphs.size >= KEPT) this.#graphs.delete(oldest);
    const graph = this.#draw(definition);
    this.#graphs.set(digest, graph);
    graph.catch(() => this.#graphs.delete(digest));
    return graph;
  }

  async #draw(definition: PinnedWorkflow): Promise<Omit<PushedGraphDocument, 'v' | 'pushed'>> {
    const { blobs, readWorkflow } = this.#options;
    const sources = await readPushedSources(definition.tree, (digest) => blobs.read(digest), readWorkflow);
    return toPushedGraph(definition, sources);
  }
}
