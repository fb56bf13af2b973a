import { RunMachine } from '../engine/runMachine.ts';
import type { AuditDocument } from '../protocol/cacheDocuments.ts';
import type { CatalogEvent } from '../protocol/catalogEvents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import { toRunStream, type RunEvent } from '../protocol/runEvents.ts';
import type { CacheEntry, Store } from '../store/store.ts';
import type { AuditReport } from './audits.ts';
import type { AuditCase } from './auditTask.ts';
import type { CacheRules } from './cacheRules.ts';
import { toGraph } from './runKeeper.ts';

export interface AuditRequestsOptions {
  readonly store: Store;
  readonly rules: CacheRules;
  readonly commit: (module: string, event: CatalogEvent) => Promise<void>;
}

/** What people ask of audits: what they have shown, checks of stored results, and trust given back. */
export class AuditRequests {
  readonly #options: AuditRequestsOptions;

  constructor(options: AuditRequestsOptions) {
    this.#options = options;
  }

  show(checked: readonly AuditReport[]): AuditDocument {
    const { store, rules } = this.#options;
    const demoted = store.projections.demoted().flatMap((module) => rules.distrusts.of(module));
    return { v: 1, checked: [...checked], waiting: rules.audits.counts.waiting, demoted: [...demoted] };
  }

  /** Executes the newest result of each step again, or (`all`) every one, of the named modules or of all. */
  async check({ modules, all }: CheckedParamsOf<'cache.audit'>): Promise<AuditDocument> {
    const wanted = this.#choose(modules, all);
    const machines = new Map<string, RunMachine | undefined>();
    const reports: AuditReport[] = [];
    for (const entry of wanted) {
      const { run, task } = entry.producer;
      if (!machines.has(run)) machines.set(run, this.#replay(run));
      const machine = machines.get(run);
      const node = machine?.graph.byId.get(task);
      if (machine === undefined || node === undefined) continue;
      const audit: AuditCase = { run, node, outputOf: machine.output, entry };
      reports.push(await this.#options.rules.audits.check(audit));
    }
    return this.show(reports.toReversed());
  }

  /** Rejects with `invalid-request` where the name is that of no module that has ever run. */
  async trust(module: string): Promise<AuditDocument> {
    const { rules, commit, store } = this.#options;
    if (rules.distrusts.of(module).length === 0 && store.projections.expectedSeconds(module) === undefined)
      throw new CairnError('invalid-request', `Nothing is known of a module ${module}`, {
        next: 'See with `cairn agent audit` which modules are not trusted.',
      });
    if (rules.distrusts.of(module).length > 0) await commit(module, { type: 'module.restored', module });
    rules.distrusts.forget(module);
    return this.show([]);
  }

  /** Of each step and code the newest one, unless all are wanted. */
  #choose(modules: readonly string[], all: boolean): readonly CacheEntry[] {
    const entries = [...this.#options.store.projections.allEntries()];
    const known = new Set(entries.map(({ parts }) => parts.module.name));
    const unknown = modules.find((module) => !known.has(module));
    if (unknown !== undefined) {
      const next = known.size === 0 ? 'Run a workflow first.' : `There are results of ${[...known].sort().slice(0, 10).join(', ')}.`;
      throw new CairnError('invalid-request', `There is no result of ${unknown} to be checked`, { next });
    }
    const seen = new Set<string>();
    return entries.filter(({ parts: { module }, step }) => {
      if (modules.length > 0 && !modules.includes(module.name)) return false;
      const place = `${module.name} ${step}`;
      if (!all && seen.has(place)) return false;
      seen.add(place);
      return true;
    });
  }

  #replay(run: string): RunMachine | undefined {
    const events = this.#options.store.events.read(toRunStream(run)).map(({ event }) => event as RunEvent);
    const [first] = events;
    if (first?.type !== 'run.submitted') return undefined;
    const machine = new RunMachine(toGraph(first));
    for (const event of events) machine.apply(event);
    return machine;
  }
}
