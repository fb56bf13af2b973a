import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../language/model/names.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CheckedParamsOf } from '../../protocol/operations.ts';
import type { PreviewColumn, PreviewDocument } from '../../protocol/previewDocument.ts';
import type { OutputRecord } from '../../protocol/runEvents.ts';
import type { BlobCache } from '../blobCache.ts';
import { MOST_RESTRICTED, WHOLE, type ColumnClass } from '../lineage.ts';
import { parseDirectory } from '../manifests.ts';
import { isMasked, type MaskRules } from './masks.ts';
import type { ReaderAnswer, ReaderRequest } from './readerMessages.ts';
import { ReaderProcess } from './readerProcess.ts';
import { StatisticsCache, type KnownStatistics } from './statisticsCache.ts';

export interface PreviewOptions {
  /** `reader.ts`, or its bundle */
  readonly reader: URL;
  /** where statistics are kept; may be deleted at any time */
  readonly folder: string;
  readonly rules: MaskRules;
}

/** An output and where it is. */
export interface FoundOutput {
  readonly step: string;
  readonly port: string;
  readonly output: OutputRecord;
  /** names of columns that the contract declares */
  readonly declared: readonly string[];
  /** classes of columns, `*` = of all of it, which columns have that nobody has heard of */
  readonly classify: (columns: readonly string[]) => readonly ColumnClass[];
}

type Content = PreviewDocument['content'];
type Request = CheckedParamsOf<'output.preview'>;
type Table = Extract<ReaderAnswer, { kind: 'table' }>;

const NOTHING_KNOWN: ColumnClass = { labels: [], isUnclassified: true, isMade: true };
const GONE = 'its content is not here any more: it was collected';
/** files of a folder that are listed */
const MOST_FILES = 2000;
/** cells over which no statistics are made: they would take longer than anybody waits */
const MOST_CELLS = 200_000_000;

/** Shows outputs to people. Opens nothing itself: content is read by a process of its own, and masked columns are not read at all. */
export class OutputPreviews {
  readonly #blobs: BlobCache;
  readonly #rules: MaskRules;
  readonly #folder: string;
  readonly #reader: ReaderProcess;
  readonly #statistics: StatisticsCache;

  constructor({ reader, folder, rules }: PreviewOptions, blobs: BlobCache) {
    this.#blobs = blobs;
    this.#rules = rules;
    this.#folder = folder;
    this.#reader = new ReaderProcess(reader);
    this.#statistics = new StatisticsCache(folder);
  }

  /** Content was deleted. */
  forget(digests: readonly Digest[]): void {
    this.#statistics.forget(digests);
  }

  async show(found: FoundOutput, request: Request, signal: AbortSignal): Promise<PreviewDocument> {
    const { step, port, output } = found;
    const { type, bytes } = output;
    return { v: 1, run: request.run, step, port, type, bytes, content: await this.#toContent(found, request, signal) };
  }

  async #toContent(found: FoundOutput, request: Request, signal: AbortSignal): Promise<Content> {
    const { output } = found;
    if (output.type === 'model' || output.format === 'pickle')
      return { kind: 'opaque', reason: 'a pickled model can run code when it is opened, so it is never opened to be shown' };
    if (output.items !== undefined) return toList(found.port, output.items);
    const [whole = NOTHING_KNOWN] = found.classify([WHOLE]);
    if (output.type !== 'table' && output.type !== 'metrics' && isMasked(whole, this.#rules)) return toMasked(whole);
    if (output.format === 'manifest') return this.#listFolder(output);
    const content = await this.#open(output.digest);
    if (content === undefined) return { kind: 'opaque', reason: GONE };
    try {
      return await this.#read(found, content.path, request, signal);
    } finally {
      content.close();
    }
  }

  async #read(found: FoundOutput, path: string, request: Request, signal: AbortSignal): Promise<Content> {
    const { output } = found;
    const type = toReadType(output.type);
    const known = [...new Set([...(output.columns ?? []).map(({ name }) => name), ...found.declared])];
    const [whole = NOTHING_KNOWN, ...columns] = found.classify([WHOLE, ...known]);
    const masked = known.filter((_, index) => isMasked(columns[index] ?? whole, this.#rules));
    const { offset, limit } = request;
    const asked: ReaderRequest = { path, type, offset, limit, known, masked, maskOthers: isMasked(whole, this.#rules), statistics: null };
    const answer = await this.#reader.read(asked, signal);
    if (answer.kind === 'opaque') return { kind: 'opaque', reason: `it cannot be shown: ${answer.reason}` };
    if (answer.kind === 'statistics')
      return { kind: 'opaque', reason: 'it cannot be shown: the process that read it answered something else' };
    if (answer.kind !== 'table') return answer;
    const statistics = await this.#count(output.digest, answer, asked, request.statistics, signal);
    const classes = new Map(known.map((name, index) => [name, columns[index] ?? whole]));
    return toTable(answer, offset, (name) => classes.get(name) ?? whole, toTypes(output), statistics);
  }

  /** Statistics of the columns that are shown; what is not known yet is computed where it was asked for. */
  async #count(
    digest: Digest,
    { columns, rows }: Table,
    asked: ReaderRequest,
    isAsked: boolean,
    signal: AbortSignal,
  ): Promise<KnownStatistics> {
    const shown = columns.filter(({ masked }) => !masked).map(({ name }) => name);
    const known = this.#statistics.find(digest);
    const missing = shown.filter((name) => !Object.hasOwn(known, name));
    if (!isAsked || missing.length === 0 || missing.length * rows > MOST_CELLS) return known;
    const answer = await this.#reader.read({ ...asked, statistics: missing }, signal);
    const found = answer.kind === 'statistics' ? answer.columns : {};
    this.#statistics.add(digest, Object.fromEntries(missing.map((name) => [name, found[name] ?? null])));
    return this.#statistics.find(digest);
  }

  async #listFolder(output: OutputRecord): Promise<Content> {
    const bytes = await this.#blobs.read(output.digest);
    const folder = bytes === undefined ? undefined : parseDirectory(bytes);
    if (folder === undefined) return { kind: 'opaque', reason: GONE };
    const files = folder.files.slice(0, MOST_FILES).map(({ path, size = 0 }) => ({ path, bytes: size }));
    return { kind: 'files', files, cut: folder.files.length > files.length };
  }

  /** `undefined` = it is not there. What is still on its way to disk is laid out for the time of reading. */
  async #open(digest: Digest): Promise<{ readonly path: string; close(): void } | undefined> {
    const held = this.#blobs.peek(digest);
    const stored = await this.#toPath(digest);
    if (stored !== undefined) return { path: stored, close: () => undefined };
    if (held === undefined) return undefined;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `held-${randomUUID()}`);
    writeFileSync(path, held, { mode: 0o600 });
    return { path, close: () => rmSync(path, { force: true }) };
  }

  async #toPath(digest: Digest): Promise<string | undefined> {
    try {
      return await this.#blobs.toPath(digest);
    } catch (error) {
      if (error instanceof CairnError && error.code === 'unknown-blob') return undefined;
      throw error;
    }
  }
}

function toReadType(type: OutputRecord['type']): ReaderRequest['type'] {
  return type === 'table' || type === 'json' || type === 'metrics' ? type : 'file';
}

function toList(port: string, items: readonly OutputRecord[]): Content {
  const files = items.slice(0, MOST_FILES).map(({ bytes }, index) => ({ path: `${port}[${String(index)}]`, bytes }));
  return { kind: 'files', files, cut: items.length > files.length };
}

function toMasked({ labels }: ColumnClass): Content {
  const because = labels.length === 0 ? 'nobody has classified what it comes from' : `it is ${labels.join(', ')}`;
  return { kind: 'opaque', reason: `it is masked: ${because}` };
}

function toTypes({ columns = [] }: OutputRecord): ReadonlyMap<string, string> {
  return new Map(columns.map(({ name, type }) => [name, type]));
}

function toTable(
  { rows, columns, page }: Table,
  offset: number,
  classOf: (column: string) => ColumnClass,
  types: ReadonlyMap<string, string>,
  statistics: KnownStatistics,
): Content {
  return {
    kind: 'table',
    rows,
    columns: columns.map(({ name, type, masked }): PreviewColumn => {
      const { labels, isUnclassified, isMade } = classOf(name);
      const numbers = masked || !Object.hasOwn(statistics, name) ? null : (statistics[name] ?? null);
      const isUnknown = labels.length === 0 && (isUnclassified || isMade);
      const told = isUnclassified && labels.length > 0 ? [...labels, MOST_RESTRICTED] : [...labels];
      return { name, type: types.get(name) ?? type, labels: isUnknown ? null : told, masked, ...(numbers ?? NO_STATISTICS) };
    }),
    offset: Math.min(offset, rows),
    page,
  };
}

const NO_STATISTICS = { nulls: null, min: null, max: null, mean: null, distinct: null, histogram: [] };
