import { toCanonicalJson, type Json } from '../../language/model/json.ts';
import { toNearestName } from '../../language/model/nearNames.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import { toHookStream, toWorkflowStream, type CatalogEvent } from '../protocol/catalogEvents.ts';
import type { TriggerDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { PushedWorkflow } from '../protocol/portalDocuments.ts';
import type { PushRequest } from '../protocol/roles.ts';
import type { Principal } from '../protocol/who.ts';
import { toRunUri } from '../protocol/wire.ts';
import { SMALL_BLOB, type PublishedWorkflow, type SmallBlob, type Store } from '../store/store.ts';
import { readTexts } from './runParams.ts';
import type { BesideEvent } from './sourceHook.ts';
import type { StartRun } from './startRun.ts';

/** What a push adds for its workflows; to be committed with it. */
export interface Publication {
  readonly events: readonly BesideEvent[];
  readonly blobs: readonly SmallBlob[];
}

export interface PublishedOptions {
  readonly store: Store;
  readonly hash: Hash;
  readonly start: StartRun;
  /** Is told of every definition that is published or read. */
  readonly learn: (digest: Digest, definition: PinnedWorkflow) => void;
  /** A definition with what its tags name now; see `resolveTags`. */
  readonly resolve: (definition: PinnedWorkflow) => Promise<PinnedWorkflow>;
}

/** Who brought a trigger, when it was not a call. */
export interface ViaWebhook {
  readonly kind: 'webhook';
  readonly delivery: string;
}

/** What is told of a definition without reading it again. */
type Facts = Pick<PushedWorkflow, 'steps' | 'params'>;
interface KnownFacts {
  readonly definition: Digest;
  readonly facts: Facts;
}

/** Workflows as they were last pushed: what triggers, webhooks and schedules run. */
export class Published {
  readonly #options: PublishedOptions;
  /** by workflow: of the definition that counts, and of one that is being published */
  readonly #facts = new Map<string, readonly KnownFacts[]>();

  constructor(options: PublishedOptions) {
    this.#options = options;
  }

  /** One that is as it was published last is not published again. */
  async publish({ workflows = [], dirty, commit }: PushRequest): Promise<Publication> {
    const { store, hash } = this.#options;
    const events: BesideEvent[] = [];
    const blobs: SmallBlob[] = [];
    for (const definition of workflows) {
      const { workflow, workspace, tree } = definition;
      const bytes = new TextEncoder().encode(toCanonicalJson(definition));
      const digest = hash(bytes);
      this.#learn(digest, definition);
      const before = store.projections.workflow(workflow);
      if (before?.definition === digest && before.workspace === workspace) continue;
      if (bytes.length <= SMALL_BLOB) blobs.push({ digest, bytes });
      else if (!store.blobs.has(digest)) await store.blobs.put(bytes);
      const event: CatalogEvent = { type: 'workflow.published', workflow, workspace, definition: digest, tree, dirty, commit };
      events.push({ stream: toWorkflowStream(workflow), event });
    }
    return { events, blobs };
  }

  knows(name: string): boolean {
    return this.#look(name) !== undefined;
  }

  /** By its name, or by the last part where only one has it. Throws `unknown-workflow`. */
  find(name: string): PublishedWorkflow {
    const found = this.#look(name);
    if (found === undefined) throw toUnknown(name, this.#options.store.projections.workflows());
    return found;
  }

  #look(name: string): PublishedWorkflow | undefined {
    const { projections } = this.#options.store;
    const exact = projections.workflow(name);
    if (exact !== undefined) return exact;
    const [found, ...others] = projections.workflows().filter(({ workflow }) => workflow.endsWith(`/${name}`));
    return others.length === 0 ? found : undefined;
  }

  /** All, by name. One whose definition was lost is left out, as it can't be run. */
  async list(): Promise<PushedWorkflow[]> {
    await Promise.all(this.#options.store.projections.workflows().map((published) => this.#readIfThere(published)));
    return this.known();
  }

  /** The same at once: those whose definitions were in hand since the agent began. */
  known(): PushedWorkflow[] {
    const known = this.#options.store.projections.workflows().flatMap((published) => {
      const found = this.#facts.get(published.workflow)?.find(({ definition }) => definition === published.definition);
      return found === undefined ? [] : [toPushedWorkflow(published, found.facts)];
    });
    return known.sort((one, other) => (one.workflow < other.workflow ? -1 : 1));
  }

  summarise(published: PublishedWorkflow, definition: PinnedWorkflow): PushedWorkflow {
    return toPushedWorkflow(published, toFacts(definition));
  }

  /** Rejects with `unknown-blob` when the definition was lost or damaged. */
  async read(published: PublishedWorkflow): Promise<PinnedWorkflow> {
    const { workflow, definition } = published;
    const read = await this.#readIfThere(published);
    if (read === undefined) {
      throw new CairnError('unknown-blob', `The definition of ${workflow} (${definition}) is not here any more`, {
        next: 'Push the workspace again.',
      });
    }
    return read;
  }

  /** What a run of it takes that begins now. Rejects as `read` does, and with `check-failed` where what a tag names now does not fit. */
  async resolve(published: PublishedWorkflow): Promise<PinnedWorkflow> {
    return this.#options.resolve(await this.read(published));
  }

  async #readIfThere({ workflow, definition }: PublishedWorkflow): Promise<PinnedWorkflow | undefined> {
    const bytes = await this.#options.store.blobs.read(definition);
    if (bytes === undefined) {
      this.#facts.delete(workflow);
      return undefined;
    }
    // Written by `publish` and held to its digest.
    const read = JSON.parse(new TextDecoder().decode(bytes)) as PinnedWorkflow;
    this.#learn(definition, read);
    return read;
  }

  #learn(digest: Digest, definition: PinnedWorkflow): void {
    const current = this.#options.store.projections.workflow(definition.workflow)?.definition;
    const kept = (this.#facts.get(definition.workflow) ?? []).filter((each) => each.definition === current && each.definition !== digest);
    this.#facts.set(definition.workflow, [...kept, { definition: digest, facts: toFacts(definition) }]);
    this.#options.learn(digest, definition);
  }

  /** Every trigger, whoever brings it. A repeated delivery answers the first run, whatever it carries. */
  async trigger(
    { workflow, params, texts, key }: CheckedParamsOf<'run.trigger'>,
    who: Principal,
    via?: ViaWebhook,
  ): Promise<TriggerDocument> {
    const published = this.find(workflow);
    const definition = await this.resolve(published);
    const name = published.workflow;
    const values: { readonly [name: string]: Json } = { ...params, ...readTexts(definition, texts) };
    const shared = { definition, params: values, nominalTime: null, who };
    const started =
      via === undefined
        ? await this.#options.start({
            ...shared,
            key,
            body: { operation: 'trigger', workflow: name, params: shared.params },
            origin: { kind: 'trigger', via: 'call' },
          })
        : await this.#options.start({
            ...shared,
            key: toDeliveryKey(name, via.delivery),
            body: { operation: 'deliver', workflow: name, delivery: via.delivery },
            origin: { kind: 'trigger', via: 'webhook', delivery: via.delivery },
            beside: (run) => [
              { stream: toHookStream(name), event: { type: 'hook.delivered', workflow: name, delivery: via.delivery, run } },
            ],
          });
    return { v: 1, run: started.run, workflow: name, uri: toRunUri(started.run) };
  }
}

function toFacts({ steps, declared = [] }: PinnedWorkflow): Facts {
  return { steps: steps.length, params: [...declared] };
}

function toPushedWorkflow({ workflow, workspace, tree, at, by }: PublishedWorkflow, facts: Facts): PushedWorkflow {
  return { workflow, workspace, tree, at, by, ...facts };
}

function toDeliveryKey(workflow: string, delivery: string): string {
  return `hook:/${workflow} ${delivery}`;
}

function toUnknown(name: string, all: readonly PublishedWorkflow[]): CairnError {
  const names = all.map(({ workflow }) => workflow);
  const same = names.filter((workflow) => workflow.endsWith(`/${name}`));
  if (same.length > 1)
    return new CairnError('unknown-workflow', `${name} is the name of several: ${same.join(', ')}`, { next: 'Give the full name.' });
  const near = toNearestName(name, names);
  return new CairnError('unknown-workflow', `No workflow ${name} was pushed${near === undefined ? '' : `; is ${near} meant?`}`, {
    next: names.length === 0 ? 'Push the workspace with `cairn push`.' : `Pushed are: ${names.slice(0, 10).join(', ')}.`,
  });
}
