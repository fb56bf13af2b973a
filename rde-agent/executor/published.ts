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

/** Workflows as they were last pushed: what triggers, webhooks and schedules run. */
export class Published {
  readonly #options: PublishedOptions;

  constructor(options: PublishedOptions) {
    this.#options = options;
  }

  /** One that is as it was published last is not published again. */
  async publish({ workflows = [], dirty, commit }: PushRequest): Promise<Publication> {
    const { store, hash, learn } = this.#options;
    const events: BesideEvent[] = [];
    const blobs: SmallBlob[] = [];
    for (const definition of workflows) {
      const { workflow, workspace, tree } = definition;
      const bytes = new TextEncoder().encode(toCanonicalJson(definition));
      const digest = hash(bytes);
      learn(digest, definition);
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
    const known = this.#options.store.projections.workflows();
    const listed = await Promise.all(
      known.map(async (published) => {
        const definition = await this.#readIfThere(published.definition);
        return definition === undefined ? [] : [toPushedWorkflow(published, definition)];
      }),
    );
    return listed.flat().sort((one, other) => (one.workflow < other.workflow ? -1 : 1));
  }

  /** Rejects with `unknown-blob` when the definition was lost or damaged. */
  async read({ workflow, definition }: PublishedWorkflow): Promise<PinnedWorkflow> {
    const read = await this.#readIfThere(definition);
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

  async #readIfThere(definition: Digest): Promise<PinnedWorkflow | undefined> {
    const bytes = await this.#options.store.blobs.read(definition);
    if (bytes === undefined) return undefined;
    // Written by `publish` and held to its digest.
    const read = JSON.parse(new TextDecoder().decode(bytes)) as PinnedWorkflow;
    this.#options.learn(definition, read);
    return read;
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

function toPushedWorkflow({ workflow, workspace, tree, at, by }: PublishedWorkflow, definition: PinnedWorkflow): PushedWorkflow {
  return { workflow, workspace, tree, at, by, steps: definition.steps.length, params: [...(definition.declared ?? [])] };
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
