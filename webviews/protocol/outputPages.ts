import { toCairnError } from '../../rde-agent/protocol/errors.ts';
import type { PreviewDocument } from '../../rde-agent/protocol/previewDocument.ts';
import { Asked } from './asked.ts';
import type { DataPanelModel, PageMessage } from './dataPanel.ts';

export interface OutputPagesOptions {
  /** rows from `offset` on, at most PAGE_ROWS of them; rejects when it is cancelled */
  readonly read: (offset: number) => Promise<PreviewDocument>;
  readonly change: (model: Pick<DataPanelModel, 'preview' | 'problem'>) => void;
  readonly send: (message: PageMessage) => unknown;
  /** the panel is gone: nothing is told any more */
  readonly signal: { readonly aborted: boolean };
}

/** One output as its panel reads it: the first page with what is known of the whole, then pages as they come into sight. */
export class OutputPages {
  readonly first: Asked<PreviewDocument>;
  readonly #options: OutputPagesOptions;

  constructor(options: OutputPagesOptions) {
    this.#options = options;
    this.first = new Asked(
      () => options.read(0),
      ({ value, problem }) => options.change({ preview: value, problem }),
    );
  }

  get model(): Pick<DataPanelModel, 'preview' | 'problem'> {
    return { preview: this.first.value, problem: this.first.problem };
  }

  /** Never rejects: why there are no rows is told as the answer. */
  async readPage(offset: number): Promise<void> {
    const { read, send, signal } = this.#options;
    const answer = await read(offset).then(
      ({ content }): PageMessage => ({ type: 'page', offset, rows: content.kind === 'table' ? content.page : [], problem: '' }),
      (thrown: unknown): PageMessage => ({ type: 'page', offset, rows: [], problem: toCairnError(thrown).message }),
    );
    if (!signal.aborted) await send(answer);
  }
}
