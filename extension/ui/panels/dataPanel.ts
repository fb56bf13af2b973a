import * as vscode from 'vscode';
import { z } from 'zod';
import { toCairnError } from '../../../rde-agent/protocol/errors.ts';
import type { PreviewDocument } from '../../../rde-agent/protocol/previewDocument.ts';
import { PAGE_ROWS } from '../../../webviews/protocol/dataPages.ts';
import { FromDataPanel, type DataPanelModel, type PageMessage, type Problem } from '../../../webviews/protocol/dataPanel.ts';
import type { Disposable } from '../../agent/emitter.ts';
import type { UiContext } from '../context.ts';
import { toLinkView } from './linkView.ts';
import { toRunSubject, type PanelSubject } from './panelSubject.ts';
import { PanelWire } from './panelWire.ts';

/** Which output: what a restored panel is made of again. */
export const DataPanelState = z.object({ run: z.string().max(128), step: z.string().max(1024), port: z.string().max(256) });
export type DataPanelState = z.infer<typeof DataPanelState>;

/** One output of one task in a panel: its first page with what is known of the whole, then pages as they come into sight. */
export class DataPanel implements Disposable {
  readonly #context: UiContext;
  readonly #place: DataPanelState;
  readonly #wire: PanelWire<DataPanelModel, FromDataPanel>;
  readonly #listening: readonly Disposable[];
  readonly #ended = new AbortController();
  #preview: PreviewDocument | null = null;
  #problem: Problem | null = null;

  constructor(context: UiContext, panel: vscode.WebviewPanel, place: DataPanelState) {
    this.#context = context;
    this.#place = place;
    panel.title = `${place.step} · ${place.port}`;
    this.#wire = new PanelWire<DataPanelModel, FromDataPanel>(panel.webview, {
      schema: FromDataPanel,
      model: () => ({ ...place, preview: this.#preview, problem: this.#problem, link: toLinkView(context.link) }),
      onMessage: (message) => this.#onMessage(message),
      onRefused: () => context.log.warn('The data panel sent something that is not a message of its Api.'),
    });
    this.#listening = [
      this.#wire,
      context.link.onDidChangeState(({ kind }) => {
        this.#wire.change({ link: toLinkView(context.link) });
        if (kind === 'open' && this.#preview === null) void this.#readFirst();
      }),
    ];
    void this.#readFirst();
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
        return void this.#readFirst();
      case 'readPage':
        return void this.#readPage(message.offset);
      case 'showRun':
        return void vscode.commands.executeCommand('cairn.showRun', { kind: 'run', run: { run: this.#place.run } });
    }
  }

  async #readFirst(): Promise<void> {
    try {
      this.#preview = await this.#read(0);
      this.#problem = null;
    } catch (thrown) {
      const { code, message, next } = toCairnError(thrown);
      if (code === 'cancelled') return;
      this.#problem = { code, message, next };
    }
    this.#wire.change({ preview: this.#preview, problem: this.#problem });
  }

  async #readPage(offset: number): Promise<void> {
    const answer = await this.#read(offset).then(
      ({ content }): PageMessage => ({ type: 'page', offset, rows: content.kind === 'table' ? content.page : [], problem: '' }),
      (thrown: unknown): PageMessage => ({ type: 'page', offset, rows: [], problem: toCairnError(thrown).message }),
    );
    if (!this.#ended.signal.aborted) await this.#wire.send(answer);
  }

  #read(offset: number): Promise<PreviewDocument> {
    return this.#context.link.request('output.preview', { ...this.#place, offset, limit: PAGE_ROWS }, this.#ended.signal);
  }
}
