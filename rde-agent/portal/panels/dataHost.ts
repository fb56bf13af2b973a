import { PAGE_ROWS } from '../../../webviews/protocol/dataPages.ts';
import type { DataPanelModel, FromDataPanel, PageMessage, Problem, ToDataPanel } from '../../../webviews/protocol/dataPanel.ts';
import type { PanelHost } from '../../../webviews/shared/panelHost.ts';
import { toCairnError } from '../../protocol/errors.ts';
import type { PreviewDocument } from '../../protocol/previewDocument.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { Portal } from '../app/portalContext.ts';
import { toLinkView } from '../app/useLinkState.ts';
import { createLocalHost, type LocalHost } from './localHost.ts';

/** Which output of which run. */
export interface OutputPlace {
  readonly run: string;
  readonly step: string;
  readonly port: string;
}

/** What stands behind the panel of one output: its first page, then pages as they come into sight. */
export class DataHost implements Disposable {
  readonly #portal: Portal;
  readonly #place: OutputPlace;
  readonly #local: LocalHost<ToDataPanel, FromDataPanel>;
  readonly #listening: Disposable;
  readonly #ended = new AbortController();
  #preview: PreviewDocument | null = null;
  #problem: Problem | null = null;

  constructor(portal: Portal, place: OutputPlace) {
    this.#portal = portal;
    this.#place = place;
    this.#local = createLocalHost(`output ${place.run} ${place.step} ${place.port}`, (message) => this.#onMessage(message));
    this.#listening = portal.link.onDidChangeState(({ kind }) => {
      this.#change({ link: toLinkView(portal.link) });
      if (kind === 'open' && this.#preview === null) void this.#readFirst();
    });
    void this.#readFirst();
  }

  get host(): PanelHost<ToDataPanel, FromDataPanel> {
    return this.#local;
  }

  dispose(): void {
    this.#ended.abort();
    this.#listening.dispose();
  }

  #change(model: Partial<DataPanelModel>): void {
    this.#local.send({ type: 'changed', model });
  }

  #onMessage(message: FromDataPanel): void {
    switch (message.type) {
      case 'ready': {
        const model = { ...this.#place, preview: this.#preview, problem: this.#problem, link: toLinkView(this.#portal.link) };
        return this.#local.send({ type: 'model', model });
      }
      case 'again':
        return void this.#readFirst();
      case 'readPage':
        return void this.#readPage(message.offset);
      case 'showRun':
        return this.#portal.go({ kind: 'run', run: this.#place.run });
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
    this.#change({ preview: this.#preview, problem: this.#problem });
  }

  async #readPage(offset: number): Promise<void> {
    const answer = await this.#read(offset).then(
      ({ content }): PageMessage => ({ type: 'page', offset, rows: content.kind === 'table' ? content.page : [], problem: '' }),
      (thrown: unknown): PageMessage => ({ type: 'page', offset, rows: [], problem: toCairnError(thrown).message }),
    );
    if (!this.#ended.signal.aborted) this.#local.send(answer);
  }

  #read(offset: number): Promise<PreviewDocument> {
    return this.#portal.link.request('output.preview', { ...this.#place, offset, limit: PAGE_ROWS }, this.#ended.signal);
  }
}
