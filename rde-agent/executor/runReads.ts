import { DATASET_PORT } from '../../language/model/dataset.ts';
import type { Digest } from '../../language/model/names.ts';
import type { DatasetVersion, LineageDocument, RunDocument, RunsDocument, WhyDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { LedgerDocument } from '../protocol/ledgerDocument.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PreviewDocument } from '../protocol/previewDocument.ts';
import type { RunRole } from '../protocol/roles.ts';
import { toRunDocument } from '../protocol/runDocument.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import type { RunsView } from '../protocol/runsView.ts';
import type { Principal } from '../protocol/who.ts';
import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';
import { classifyColumns, showLineage, type ColumnClass, type LineageSources } from './lineage.ts';
import { findVersion } from './datasetArrivals.ts';
import { findArrival, findOutput } from './preview/findOutput.ts';
import type { OutputPreviews } from './preview/outputPreviews.ts';
import type { RunLibrary } from './runLibrary.ts';
import { readLogs, type LogAnswer } from './runLogs.ts';
import { toPlace, toSteps } from './runPaths.ts';
import { toScope } from './scopes.ts';
import { assertStep, explainTask } from './why.ts';

/** newest versions of a dataset that are told */
const VERSIONS_SHOWN = 1000;

/** What the run role answers without changing anything. Each call asks whether it may. */
export class RunReads {
  readonly #store: Store;
  readonly #library: RunLibrary;
  readonly #access: Access;
  readonly #previews: OutputPreviews | undefined;

  constructor(store: Store, library: RunLibrary, access: Access, previews: OutputPreviews | undefined) {
    this.#store = store;
    this.#library = library;
    this.#access = access;
    this.#previews = previews;
  }

  lineage(target: string, who: Principal): LineageDocument {
    this.#access.askAgent(who);
    return showLineage(target, this.#toSources(who));
  }

  /** Whoever may not read what an output comes from is not shown the output. */
  async preview(request: CheckedParamsOf<'output.preview'>, who: Principal, signal: AbortSignal): Promise<PreviewDocument> {
    const { view } = this.#access.askRun(who, 'read', request.run);
    const place = toPlace(view, request.step, this.#viewOf);
    const owner = this.#access.askRun(who, 'read', place.run).view;
    if (this.#previews === undefined) throw new CairnError('not-supported', 'This agent shows no outputs');
    const found = findOutput(owner, { ...place, port: request.port }, this.#library.events(place.run, 0));
    const target = { kind: 'output', run: request.run, steps: toSteps(request.step), port: found.port, column: undefined } as const;
    const classify = (columns: readonly string[]): readonly ColumnClass[] => classifyColumns(target, columns, this.#toSources(who));
    return this.#previews.show({ ...found, step: request.step, classify }, request, signal);
  }

  /** As the output that the version arrived as, so by the same rules. */
  async previewDataset(request: CheckedParamsOf<'dataset.preview'>, who: Principal, signal: AbortSignal): Promise<PreviewDocument> {
    const { dataset, version, ...page } = request;
    const found = findVersion(dataset, version, this.datasetVersions(dataset, who));
    const { view } = this.#access.askRun(who, 'read', found.run);
    const step = findArrival(view, dataset, found);
    const document = await this.preview({ run: found.run, step, port: DATASET_PORT, ...page }, who, signal);
    return { ...document, dataset, version: found.version };
  }

  #toSources(who: Principal): LineageSources {
    return {
      events: (run) => (this.#library.scopeOf(run) === undefined ? undefined : this.events(run, 0, who).map(({ event }) => event)),
      versions: (dataset) => this.datasetVersions(dataset, who),
    };
  }

  datasetVersions(dataset: string, who: Principal): readonly DatasetVersion[] {
    this.#access.ask(who, 'read', { kind: 'dataset', id: dataset }, toScope('experiment'));
    return this.#store.projections.datasetVersions(dataset, VERSIONS_SHOWN);
  }

  list(query: CheckedParamsOf<'run.list'>, who: Principal): RunsDocument {
    this.#access.askAgent(who);
    const { limit, after, workflow, parent } = query;
    const optional = {
      ...(after === undefined ? {} : { after }),
      ...(workflow === undefined ? {} : { workflow }),
      ...(parent === undefined ? {} : { parent }),
    };
    const runs = this.#store.projections.runs({ limit: limit + 1, ...optional });
    const last = runs.length > limit ? runs[limit - 1] : undefined;
    return { v: 1, runs: runs.slice(0, limit), ...(last === undefined ? {} : { after: last.run }) };
  }

  show(run: string, who: Principal): RunDocument {
    return toRunDocument(this.#access.askRun(who, 'read', run).view, this.#viewOf);
  }

  why(run: string, step: string, who: Principal): WhyDocument {
    const place = toPlace(this.#access.askRun(who, 'read', run).view, step, this.#viewOf);
    return { ...explainTask(this.#library.get(place.run).view, place.step), run, step };
  }

  async logs(query: CheckedParamsOf<'run.logs'>, who: Principal, signal: AbortSignal): Promise<LogAnswer> {
    const { view } = this.#access.askRun(who, 'read', query.run);
    const place = query.step === undefined ? { run: query.run, step: undefined, prefix: '' } : toPlace(view, query.step, this.#viewOf);
    if (place.step !== undefined) assertStep(this.#library.get(place.run).view, place.step);
    const ended = this.#library.open.get(place.run)?.ended ?? Promise.resolve();
    const isOpen = (): boolean => this.#library.open.has(place.run);
    const answer = await readLogs(this.#store.logs, { ...query, ...place }, { isOpen, ended }, signal);
    return { ...answer, lines: answer.lines.map((line) => ({ ...line, step: place.prefix + line.step })) };
  }

  tagged(module: string, tag: string): ReturnType<RunRole['tagged']> {
    const found = this.#store.projections.tags(module).find((record) => record.tag === tag);
    if (found === undefined) return undefined;
    return { artifact: found.artifact, ...(found.libraries === undefined ? {} : { libraries: found.libraries }) };
  }

  tags(module: string): { readonly [tag: string]: string } {
    return Object.fromEntries(this.#store.projections.tags(module).map((record) => [record.tag, record.artifact]));
  }

  pushedTree(workspace: string): Digest | undefined {
    return this.#store.projections.pushedTree(workspace);
  }

  view(run: string, who: Principal): ReturnType<RunRole['view']> {
    this.#access.askAbout(who, 'read', run);
    const known = this.#library.find(run);
    return known && { view: known.view, seq: known.seq, durable: known.durable };
  }

  events(run: string, after: number, who: Principal): readonly Recorded<RunEvent>[] {
    this.#access.askAbout(who, 'read', run);
    return this.#library.events(run, after);
  }

  ledger({ by, limit, ...range }: CheckedParamsOf<'ledger.show'>, who: Principal): LedgerDocument {
    this.#access.askAgent(who);
    const { since, until } = { since: range.since ?? null, until: range.until ?? null };
    const { total, workflows, reusingWorkflows, rows } = this.#store.projections.ledger({ by, since, until, limit });
    const share = workflows === 0 ? null : reusingWorkflows / workflows;
    return { v: 1, by, since, until, total, reusingWorkflows: share, rows: [...rows] };
  }

  runsView(who: Principal): RunsView {
    this.#access.askAgent(who);
    return this.#library.shown();
  }

  readonly #viewOf = (run: string): RunView | undefined => this.#library.find(run)?.view;
}
