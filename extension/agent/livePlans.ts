import type { PlanDocument } from '../../rde-agent/protocol/documents.ts';
import { toCairnError, type CairnError } from '../../rde-agent/protocol/errors.ts';
import type { WorkspaceView } from '../../rde-agent/protocol/workspaceView.ts';
import type { AgentLink } from './agentLink.ts';
import { disposeOnce, Emitter, type Disposable } from './emitter.ts';
import { findMissingParams } from './planParams.ts';
import { toPlaceKey, type WorkflowPlace } from './workflowPlace.ts';

/** path → sha256 of its content */
type Documents = { readonly [path: string]: string };

export interface LivePlansOptions {
  readonly link: Pick<AgentLink, 'request' | 'workspace' | 'runs' | 'state' | 'followRun'> &
    Pick<AgentLink, 'onDidChangeWorkspace' | 'onDidChangeRuns' | 'onDidChangeState'>;
  /** path → sha256 of what was saved lately under a root: a plan waits until the index holds it */
  readonly documentsOf: (root: string) => Promise<Documents>;
  readonly onError: (error: unknown) => void;
  /** a workflow that has no plan, though it was asked for one */
  readonly onRefused: (place: WorkflowPlace, error: CairnError) => void;
}

interface Watched {
  readonly place: WorkflowPlace;
  count: number;
  plan: PlanDocument | undefined;
  /** what was asked is under way; `again` = something has changed since; `isTreeNew` = so has the tree, perhaps to the one that the answer is of */
  isAsking: boolean;
  again: boolean;
  isTreeNew: boolean;
  /** what the newest question is about */
  asked: Documents;
  /** what is being saved: the next question is about it */
  expected: Documents | undefined;
  /** ends a question about what was only expected */
  giveUp: AbortController | undefined;
}

/**
 * What a run of each watched workflow would do, always of what is saved. Asked anew at every save, even as it begins, whenever the tree has changed, when a run
 * has ended and when the agent is back; at most one question for each workflow is under way, and what changes meanwhile is asked for after it.
 * Nothing is asked for workflows that nobody watches. A plan that no longer holds and cannot be made anew is dropped, not shown on.
 */
export class LivePlans implements Disposable {
  readonly #options: LivePlansOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #changed: Emitter<WorkflowPlace>;
  readonly #listening: readonly Disposable[];
  #ended = '';

  constructor(options: LivePlansOptions) {
    this.#options = options;
    this.#changed = new Emitter(options.onError);
    const { link } = options;
    this.#listening = [
      link.onDidChangeWorkspace((view) => this.#onDidChangeTree(view)),
      link.onDidChangeRuns(() => this.#onDidChangeRuns()),
      link.onDidChangeState((state) => {
        if (state.kind === 'open') this.#askAll();
        else if (state.kind === 'waiting' || state.kind === 'refused') for (const one of this.#watched.values()) this.#set(one, undefined);
      }),
    ];
  }

  /** Whenever the plan of a watched workflow is another one, or is gone. */
  get onDidChange() {
    return this.#changed.event;
  }

  get(place: WorkflowPlace): PlanDocument | undefined {
    return this.#watched.get(toPlaceKey(place))?.plan;
  }

  /** Keeps the plan of a workflow up to date until disposed. */
  watch(place: WorkflowPlace): Disposable {
    const known = this.#watched.get(toPlaceKey(place));
    const watched = known ?? {
      place,
      count: 0,
      plan: undefined,
      isAsking: false,
      again: false,
      isTreeNew: false,
      asked: {},
      expected: undefined,
      giveUp: undefined,
    };
    watched.count += 1;
    if (known === undefined) {
      this.#watched.set(toPlaceKey(place), watched);
      this.#ask(watched);
    }
    return disposeOnce(() => {
      watched.count -= 1;
      if (watched.count === 0) this.#watched.delete(toPlaceKey(place));
    });
  }

  /** Files under a root are being saved: the agent waits for them, so their plan is under way before the editor has told that they are. */
  expect(root: string, documents: Documents): void {
    for (const one of this.#watched.values()) {
      if (one.place.root !== root) continue;
      one.expected = { ...one.expected, ...documents };
      this.#ask(one);
    }
  }

  /** A file under a root was saved. Not asked again of what was expected. */
  async refresh(root: string): Promise<void> {
    const documents = await this.#options.documentsOf(root);
    for (const one of this.#watched.values()) {
      if (one.place.root !== root) continue;
      const about = { ...one.asked, ...one.expected };
      if (Object.entries(documents).every(([path, digest]) => about[path] === digest) && (one.isAsking || one.plan !== undefined)) continue;
      one.expected = undefined;
      one.giveUp?.abort();
      this.#ask(one);
    }
  }

  dispose(): void {
    this.#watched.clear();
    for (const one of this.#listening) one.dispose();
  }

  /** A plan says which tree it is of: the news of that tree, which comes after it, changes nothing. */
  #onDidChangeTree(view: WorkspaceView): void {
    for (const one of this.#watched.values()) {
      if (this.#options.link.workspace(one.place.root) !== view || one.plan?.tree === view.tree) continue;
      if (one.isAsking) one.isTreeNew = true;
      else this.#ask(one);
    }
  }

  /** What a run has made may be reused from now on, by other workflows as well. */
  #onDidChangeRuns(): void {
    const isActive = (state: string): boolean => state === 'queued' || state === 'running';
    const { runs } = this.#options.link.runs;
    const ended = runs.flatMap(({ run, state }) => (isActive(state) ? [] : [run])).join(' ');
    if (ended === this.#ended) return;
    this.#ended = ended;
    this.#askAll();
  }

  #askAll(): void {
    for (const one of this.#watched.values()) this.#ask(one);
  }

  #ask(watched: Watched): void {
    watched.again = true;
    if (!watched.isAsking) void this.#answer(watched);
  }

  async #answer(watched: Watched): Promise<void> {
    watched.isAsking = true;
    while ((watched.again || this.#isOfFormerTree(watched)) && watched.count > 0) {
      watched.again = false;
      watched.isTreeNew = false;
      const { expected } = watched;
      watched.expected = undefined;
      const plan = await this.#request(watched, expected);
      // What was expected may not have come: then what is there counts.
      if (plan === undefined && expected !== undefined) watched.again = true;
      if (!watched.again || plan !== undefined) this.#set(watched, plan);
    }
    watched.isAsking = false;
  }

  /** A plan waits for what was saved, so the news of that comes while it is made: it is asked for again only if it is not of that tree. */
  #isOfFormerTree({ place, plan, isTreeNew }: Watched): boolean {
    return isTreeNew && plan?.tree !== this.#options.link.workspace(place.root)?.tree;
  }

  /** `undefined`: it can't be planned now. */
  async #request(watched: Watched, expected: Documents | undefined): Promise<PlanDocument | undefined> {
    const { link, documentsOf, onRefused } = this.#options;
    const { root, workflow } = watched.place;
    const view = link.workspace(root)?.workflows.find((one) => one.name === workflow);
    // Without a view nothing is known of it yet: its coming asks again.
    if (view === undefined) return undefined;
    try {
      const [params, saved] = await Promise.all([findMissingParams(link, view), documentsOf(root)]);
      watched.asked = { ...saved, ...expected };
      watched.giveUp = expected === undefined ? undefined : new AbortController();
      return await link.request('workspace.plan', { root, workflow, params, documents: watched.asked }, watched.giveUp?.signal);
    } catch (thrown) {
      if (expected === undefined) onRefused({ root, workflow }, toCairnError(thrown));
      return undefined;
    } finally {
      watched.giveUp = undefined;
    }
  }

  #set(watched: Watched, plan: PlanDocument | undefined): void {
    if (watched.plan === plan) return;
    watched.plan = plan;
    if (watched.count > 0) this.#changed.fire(watched.place);
  }
}
