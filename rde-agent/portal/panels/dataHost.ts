import { PAGE_ROWS } from '../../../webviews/protocol/dataPages.ts';
import type { DataPanelModel, FromDataPanel, ToDataPanel } from '../../../webviews/protocol/dataPanel.ts';
import { OutputPages } from '../../../webviews/protocol/outputPages.ts';
import type { PanelHost } from '../../../webviews/shared/panelHost.ts';
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
  readonly #pages: OutputPages;

  constructor(portal: Portal, place: OutputPlace) {
    this.#portal = portal;
    this.#place = place;
    this.#local = createLocalHost(`output ${place.run} ${place.step} ${place.port}`, (message) => this.#onMessage(message));
    const { signal } = this.#ended;
    this.#pages = new OutputPages({
      read: (offset) => portal.link.request('output.preview', { ...place, offset, limit: PAGE_ROWS }, signal),
      change: (model) => this.#change(model),
      send: (message) => this.#local.send(message),
      signal,
    });
    this.#listening = portal.link.onDidChangeState(({ kind }) => {
      this.#change({ link: toLinkView(portal.link) });
      if (kind === 'open') void this.#pages.first.askIfMissing();
    });
    void this.#pages.first.ask();
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
        const model = { ...this.#place, ...this.#pages.model, link: toLinkView(this.#portal.link) };
        return this.#local.send({ type: 'model', model });
      }
      case 'again':
        return void this.#pages.first.ask();
      case 'readPage':
        return void this.#pages.readPage(message.offset);
      case 'showRun':
        return this.#portal.go({ kind: 'run', run: this.#place.run });
    }
  }
}
