import type * as vscode from 'vscode';
import type * as z from 'zod/mini';

/** milliseconds in which changes are gathered into one message */
const GATHER = 40;

export interface PanelWireOptions<M extends object, F> {
  readonly schema: z.ZodMiniType<F>;
  /** the whole model now */
  readonly model: () => M;
  readonly onMessage: (message: F) => void;
  /** something came that no page of ours sends */
  readonly onRefused: () => void;
}

/**
 * One panel's wire: the whole model whenever the page says that it is ready, then what changed. What the page sends is checked;
 * anything but the messages of its own Api is ignored.
 */
export class PanelWire<M extends object, F extends { readonly type: string }> implements vscode.Disposable {
  readonly #webview: vscode.Webview;
  readonly #options: PanelWireOptions<M, F>;
  readonly #listening: vscode.Disposable;
  #pending: Partial<M> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(webview: vscode.Webview, options: PanelWireOptions<M, F>) {
    this.#webview = webview;
    this.#options = options;
    this.#listening = webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
  }

  /** Later changes of a field win. */
  change(change: Partial<M>): void {
    this.#pending = { ...this.#pending, ...change };
    this.#timer ??= setTimeout(() => this.#flush(), GATHER);
  }

  /** A message beside the model. Resolves when the page has it; `false` = it is not in sight, and has nothing. */
  send<T extends { readonly type: string }>(message: T): Thenable<boolean> {
    return this.#webview.postMessage(message);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listening.dispose();
  }

  #receive(message: unknown): void {
    const { data } = this.#options.schema.safeParse(message);
    if (data === undefined) return this.#options.onRefused();
    if (data.type === 'ready') this.#sendModel();
    else this.#options.onMessage(data);
  }

  #sendModel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = undefined;
    void this.#webview.postMessage({ type: 'model', model: this.#options.model() });
  }

  #flush(): void {
    this.#timer = undefined;
    const model = this.#pending;
    this.#pending = undefined;
    if (model !== undefined) void this.#webview.postMessage({ type: 'changed', model });
  }
}
