import type { Disposable } from '../protocol/roles.ts';
import type { WorkflowsAction, WorkflowsView } from '../protocol/workflowsView.ts';

type Listener = (action: WorkflowsAction) => void;

/** milliseconds in which changes of what plans rest on are told together: a push, what its tags move and the run after it */
const GATHER = 250;

/** Tells who follows pushed workflows that one was published, and that plans may be others. */
export class PushedNews {
  readonly #list: () => WorkflowsView['workflows'];
  readonly #listeners = new Set<Listener>();
  #plans = 0;
  #gathering: NodeJS.Timeout | undefined;

  /** `list` = all that is published now */
  constructor(list: () => WorkflowsView['workflows']) {
    this.#list = list;
  }

  view(): WorkflowsView {
    return { workflows: this.#list(), plans: this.#plans };
  }

  onDidChange(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return {
      dispose: () => {
        if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.stop();
      },
    };
  }

  /** These are published durably. */
  published(names: readonly string[]): void {
    if (this.#listeners.size === 0) return;
    const pushed = new Set(names);
    for (const workflow of this.#list()) if (pushed.has(workflow.workflow)) this.#tell({ type: 'workflowPushed', workflow });
  }

  /** Something that plans rest on is another. */
  plansChanged(): void {
    this.#plans += 1;
    if (this.#listeners.size === 0) return;
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#tell({ type: 'plansChanged', plans: this.#plans });
    }, GATHER).unref();
  }

  stop(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
  }

  #tell(action: WorkflowsAction): void {
    for (const listener of this.#listeners) listener(action);
  }
}
