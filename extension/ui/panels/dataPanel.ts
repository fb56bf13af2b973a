import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { PAGE_ROWS } from '../../../webviews/protocol/dataPages.ts';
import { FromDataPanel, type DataPanelModel } from '../../../webviews/protocol/dataPanel.ts';
import { OutputPages } from '../../../webviews/protocol/outputPages.ts';
import type { Disposable } from '../../agent/emitter.ts';
import type { UiContext } from '../context.ts';
import { toLinkView } from './linkView.ts';
import { toRunSubject, type PanelSubject } from './panelSubject.ts';
import { PanelWire } from './panelWire.ts';

/** Which output: what a restored panel is made of again. */
export const DataPanelState = z.object({
  run: z.string().check(z.maxLength(128)),
  step: z.string().check(z.maxLength(1024)),
  port: z.string().check(z.maxLength(256)),
});
export type DataPanelState = z.infer<typeof DataPanelState>;

/** One output of one task in a panel: its first page with what is known of the whole, then pages as they come into sight. */
export class DataPanel implements Disposable {
  readonly #context: UiContext;
  readonly #place: DataPanelState;
  readonly #wire: PanelWire<DataPanelModel, FromDataPanel>;
  readonly #listening: readonly Disposable[];
  readonly #ended = new AbortController();
  readonly #pages: OutputPages;

  constructor(context: UiContext, panel: vscode.WebviewPanel, place: DataPanelState) {
    this.#context = context;
    this.#place = place;
    panel.title = `${place.step} · ${place.port}`;
    const { signal } = this.#ended;
    this.#pages = new OutputPages({
      read: (offset) => context.link.request('output.preview', { ...place, offset, limit: PAGE_ROWS }, signal),
      change: (model) => this.#wire.change(model),
      send: (message) => this.#wire.send(message),
      signal,
    });
    this.#wire = new PanelWire<DataPanelModel, FromDataPanel>(panel.webview, {
      schema: FromDataPanel,
      model: () => ({ ...place, ...this.#pages.model, link: toLinkView(context.link) }),
      onMessage: (message) => this.#onMessage(message),
      onRefused: () => context.log.warn('The data panel sent something that is not a message of its Api.'),
    });
    this.#listening = [
      this.#wire,
      context.link.onDidChangeState(({ kind }) => {
        this.#wire.change({ link: toLinkView(context.link) });
        if (kind === 'open') void this.#pages.first.askIfMissing();
      }),
    ];
    void this.#pages.first.ask();
  }

  get subject(): PanelSubject {
    return toRunSubject(this.#context, this.#place.run, this.#place.step);
  }

  dispose(): void {
    this.#ended.abort();
    for (const one of this.#listening) one.dispose();
  }

  #onMessage(message: FromDataPanel): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'again':
        return void this.#pages.first.ask();
      case 'readPage':
        return void this.#pages.readPage(message.offset);
      case 'showRun':
        return void vscode.commands.executeCommand('cairn.showRun', { kind: 'run', run: { run: this.#place.run } });
    }
  }
}
