import type { CatalogEvent, Demotion } from '../protocol/catalogEvents.ts';
import { toCodeName } from '../protocol/keyParts.ts';
import type { AgentConfig } from '../protocol/agentConfig.ts';
import type { Logger } from '../protocol/logger.ts';
import type { RunEvent } from '../protocol/runEvents.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { AuditShare } from './auditShare.ts';
import { auditTask, type AuditCase, type AuditResult, type AuditServices } from './auditTask.ts';
import type { Distrusts } from './distrusts.ts';
import type { Slots } from './slots.ts';

/** A check that is done. */
export interface AuditReport {
  readonly entry: string;
  readonly module: string;
  readonly run: string;
  readonly step: string;
  readonly result: AuditResult['kind'];
  readonly message: string;
}

/** A check that waits for a place that nobody else wants. */
interface Waiting {
  readonly audit: AuditCase;
  readonly isExcused: boolean;
  readonly done: (report: AuditReport) => void;
}

export interface AuditsOptions {
  readonly config: AgentConfig['audit'];
  readonly slots: Pick<Slots, 'lend'>;
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly services: AuditServices;
  readonly distrusts: Distrusts;
  /** Makes an event of a module's stream durable. */
  readonly commit: (module: string, event: CatalogEvent) => Promise<void>;
  /** Writes it down in a run. */
  readonly tell: (run: string, event: RunEvent) => Promise<void>;
  readonly logger: Logger;
}

/** checks that wait; above it, new ones are left out unless they were asked for */
const MOST_WAITING = 64;
/** reports that are kept */
const REPORTS = 100;
/** milliseconds after which a check that found no place, or was sent away from one, tries again */
const AGAIN = 500;
/** longest time that a timer can wait, in milliseconds */
const LONGEST_TIMER = 2 ** 31 - 1;
/** seconds that a check may take beyond four times as long as the task took */
const PATIENCE = 60;

/**
 * Checks reused results in the background: one at a time, at the lowest priority, only in places that no task wants, and gone as soon as one does.
 * What differs is told to its owner and to whoever reads the run that has reused it, and from then on no result of that code stands (see Demotion).
 */
export class Audits {
  readonly #options: AuditsOptions;
  readonly #share: AuditShare;
  readonly #waiting: Waiting[] = [];
  /** excused reuses that were checked or wait for it: entry and code */
  readonly #seen = new Set<string>();
  readonly #reports: AuditReport[] = [];
  readonly #stopping = new AbortController();
  #under: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checked = 0;

  constructor(options: AuditsOptions) {
    this.#options = options;
    this.#share = new AuditShare(options.config);
  }

  get counts(): { readonly waiting: number; readonly checked: number } {
    return { waiting: this.#waiting.length + (this.#under === undefined ? 0 : 1), checked: this.#checked };
  }

  /** newest first */
  get reports(): readonly AuditReport[] {
    return this.#reports.toReversed();
  }

  /** A result was reused: it is checked if it is its turn. Returns at once. */
  offer(audit: AuditCase, isExcused: boolean): void {
    const { name, contract } = audit.node.step;
    const code = toCode(audit);
    const isSuspect = this.#options.distrusts.of(name).length > 0;
    if (!isAuditable(audit) || !this.#share.takes(name, code, isExcused, isSuspect)) return;
    if (audit.entry.seconds > this.#options.config.longest) return;
    const seen = `${audit.entry.id} ${code}`;
    if (isExcused && this.#seen.has(seen)) return;
    if (this.#waiting.length >= MOST_WAITING || this.#waiting.some((each) => isSame(each.audit, audit))) return;
    if (isExcused) this.#seen.add(seen);
    this.#options.logger.debug('A reused result will be checked', {
      module: name,
      entry: audit.entry.id,
      determinism: contract.determinism,
    });
    this.#add({ audit, isExcused, done: () => undefined });
  }

  /** Checks it, whatever its turn. Resolves when that is done. */
  check(audit: AuditCase): Promise<AuditReport> {
    if (!isAuditable(audit))
      return Promise.resolve(toReport(audit, { kind: 'unknown', message: 'its contract promises no equal results' }));
    const { promise, resolve } = Promise.withResolvers<AuditReport>();
    this.#add({ audit, isExcused: false, done: resolve });
    return promise;
  }

  /** Ends what is under way, and begins nothing more. Resolves when its process is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    for (const { audit, done } of this.#waiting.splice(0)) done(toReport(audit, { kind: 'unknown', message: 'the agent stops' }));
    await this.#under;
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    // The run that reused it goes first.
    setImmediate(() => this.#next());
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#under !== undefined || this.#stopping.signal.aborted) return;
    const recalled = new AbortController();
    const giveBack = this.#options.slots.lend(first.audit.node.step.cluster, () => recalled.abort());
    if (giveBack === undefined) return this.#later();
    this.#waiting.shift();
    this.#under = this.#check(first, recalled.signal).then((report) => {
      giveBack();
      this.#under = undefined;
      if (report === undefined) this.#later();
      else setImmediate(() => this.#next());
      if (report !== undefined) first.done(report);
    });
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), AGAIN).unref();
  }

  /** `undefined` = a task wanted the place, so it is tried again. Never rejects. */
  async #check(waiting: Waiting, recalled: AbortSignal): Promise<AuditReport | undefined> {
    const { audit, isExcused } = waiting;
    const { runtimes, services, logger } = this.#options;
    const runtime = runtimes[audit.node.step.cluster];
    const late = AbortSignal.timeout(Math.min(Math.ceil((4 * audit.entry.seconds + PATIENCE) * 1000), LONGEST_TIMER));
    const signal = AbortSignal.any([recalled, late, this.#stopping.signal]);
    const result: AuditResult =
      runtime === undefined ? { kind: 'unknown', message: 'its cluster is gone' } : await auditTask(audit, runtime, services, signal);
    if (recalled.aborted && !this.#stopping.signal.aborted) {
      this.#waiting.unshift(waiting);
      return undefined;
    }
    this.#checked += 1;
    try {
      await this.#judge(audit, isExcused, result);
    } catch (error) {
      logger.error('What an audit has shown could not be recorded', { module: audit.node.step.name, error });
    }
    const report = toReport(audit, result);
    this.#reports.push(report);
    if (this.#reports.length > REPORTS) this.#reports.shift();
    return report;
  }

  async #judge(audit: AuditCase, isExcused: boolean, result: AuditResult): Promise<void> {
    // A result that was excused and does not come out the same way again in any form was excused wrongly.
    const isWrong = result.kind === 'differs' || (isExcused && (result.kind === 'failed' || result.kind === 'bytes'));
    if (!isWrong) return;
    const { distrusts, commit, tell, logger } = this.#options;
    const demotion = toDemotion(audit, isExcused, result);
    const { module, message, entry, port, before, after } = demotion;
    await commit(module, { type: 'module.demoted', ...demotion });
    await commit(module, { type: 'entry.quarantined', entry: audit.entry.id, module, because: message });
    distrusts.forget(module);
    await tell(audit.run, { type: 'task.distrusted', task: audit.node.id, entry, port, before, after, message });
    logger.warn('An audit got another result than the one that is reused', { module, run: audit.run, task: audit.node.id, message });
  }
}

/** Only what promises equal results, and needs nobody outside to be asked. */
function isAuditable({ node }: AuditCase): boolean {
  const { contract, source, kind } = node.step;
  return kind !== 'workflow' && source === undefined && (contract.determinism === 'pure' || contract.determinism === 'seeded');
}

function isSame(one: AuditCase, other: AuditCase): boolean {
  return one.entry.id === other.entry.id && toCode(one) === toCode(other);
}

function toCode({ node }: AuditCase): string {
  const { code, artifact, libraries = [] } = node.step;
  return toCodeName({
    code: code ?? artifact,
    libraries: Object.fromEntries(libraries.map((library) => [library.name, library.artifact])),
  });
}

function toDemotion(audit: AuditCase, isExcused: boolean, result: AuditResult): Demotion {
  const { node, entry } = audit;
  const { name: module, contract } = node.step;
  const { port, before, after } = result.kind === 'differs' ? result.difference : { port: '', before: '', after: '' };
  const what = port === '' ? toMessage(result) : `output ${port} came out different`;
  // The same code gave another result, or code that was taken for the same did.
  const isSameCode = toCodeName(entry.parts.module) === toCode(audit);
  const to = isExcused && !isSameCode ? 'exact' : 'unstable';
  const so =
    to === 'unstable' ? `so ${module} is not ${contract.determinism}, as it declares` : 'so its results are reused for equal code only';
  const message = `${node.id} of run ${entry.producer.run} was executed again, and ${what}: ${so}`;
  return { module, to, code: toCode(audit), declared: contract.determinism, entry: entry.id, port, before, after, message };
}

function toMessage(result: AuditResult): string {
  return 'message' in result ? result.message : result.kind === 'equal' ? 'it came out the same' : 'it was written with other bytes';
}

function toReport(audit: AuditCase, result: AuditResult): AuditReport {
  const { entry, node, run } = audit;
  const message = result.kind === 'differs' ? `output ${result.difference.port} came out different` : toMessage(result);
  return { entry: entry.id, module: node.step.name, run, step: node.id, result: result.kind, message };
}
