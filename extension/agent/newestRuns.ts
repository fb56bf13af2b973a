import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { AgentLink } from './agentLink.ts';
import { disposeOnce, Emitter, type Disposable } from './emitter.ts';
import { toPlaceKey, type WorkflowPlace } from './workflowPlace.ts';

interface Watched {
  readonly place: WorkflowPlace;
  count: number;
  followed: { readonly run: string; readonly subscription: Disposable } | undefined;
  view: RunView | undefined;
}

type Link = Pick<AgentLink, 'runs' | 'workspace' | 'followRun' | 'onDidChangeRuns' | 'onDidChangeWorkspace'>;

/** The newest run of each watched workflow, live. */
export class NewestRuns implements Disposable {
  readonly #link: Link;
  readonly #watched = new Map<string, Watched>();
  readonly #changed: Emitter<WorkflowPlace>;
  readonly #listening: readonly Disposable[];

  constructor(link: Link, onError: (error: unknown) => void) {
    this.#link = link;
    this.#changed = new Emitter(onError);
    const followAll = (): void => this.#watched.forEach((one) => this.#follow(one));
    this.#listening = [link.onDidChangeRuns(followAll), link.onDidChangeWorkspace(followAll)];
  }

  get onDidChange() {
    return this.#changed.event;
  }

  get(place: WorkflowPlace): RunView | undefined {
    return this.#watched.get(toPlaceKey(place))?.view;
  }

  /** Follows the newest run of a workflow until disposed. */
  watch(place: WorkflowPlace): Disposable {
    const key = toPlaceKey(place);
    const watched = this.#watched.get(key) ?? { place, count: 0, followed: undefined, view: undefined };
    this.#watched.set(key, watched);
    watched.count += 1;
    this.#follow(watched);
    return disposeOnce(() => {
      watched.count -= 1;
      if (watched.count > 0) return;
      watched.followed?.subscription.dispose();
      this.#watched.delete(key);
    });
  }

  dispose(): void {
    for (const { followed } of this.#watched.values()) followed?.subscription.dispose();
    for (const one of this.#listening) one.dispose();
    this.#watched.clear();
  }

  #follow(watched: Watched): void {
    const { place, followed } = watched;
    const newest = this.#link.runs.runs.find((run) => run.workflow === place.workflow)?.run;
    if (newest === undefined || newest === followed?.run) return;
    followed?.subscription.dispose();
    // Known before the subscription answers, which it may do at once.
    watched.followed = { run: newest, subscription: { dispose: () => undefined } };
    const subscription = this.#link.followRun(newest, (view) => this.#show(watched, view));
    watched.followed = { run: newest, subscription };
  }

  /** Workflows of other workspaces can have the same name. */
  #show(watched: Watched, view: RunView): void {
    if (view.workspace !== this.#link.workspace(watched.place.root)?.name) return;
    watched.view = view;
    this.#changed.fire(watched.place);
  }
}
