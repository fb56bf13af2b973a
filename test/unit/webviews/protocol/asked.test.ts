import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { PreviewDocument } from '../../../../rde-agent/protocol/previewDocument.ts';
import { Asked } from '../../../../webviews/protocol/asked.ts';
import { OutputPages } from '../../../../webviews/protocol/outputPages.ts';

/** Answers in turn; an error is thrown. */
function answering<T>(...answers: readonly (T | Error)[]): () => Promise<T> {
  let asked = 0;
  return () => {
    const answer = answers[asked++];
    if (answer === undefined) throw new Error('asked too often');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

const offline = new CairnError('agent-unreachable', 'No agent.', { next: 'Start it.' });
const cancelled = new CairnError('cancelled', 'It was cancelled.');

describe('what a panel asks for once', () => {
  it('is told when it comes, or why not, and is asked again only where it is missing', async () => {
    const told: unknown[] = [];
    const asked = new Asked(answering<string>(offline, 'value'), ({ value, problem }) => told.push([value, problem?.code]));
    await asked.ask();
    await asked.askIfMissing();
    await asked.askIfMissing();
    assert.deepEqual(told, [
      [null, 'agent-unreachable'],
      ['value', undefined],
    ]);
  });

  it('keeps what it had, and tells nobody of what was cancelled', async () => {
    const told: unknown[] = [];
    const asked = new Asked(answering<string>('value', offline, cancelled), ({ value, problem }) => told.push([value, problem?.next]));
    for (let times = 0; times < 3; times++) await asked.ask();
    assert.deepEqual(told, [
      ['value', undefined],
      ['value', 'Start it.'],
    ]);
  });
});

describe('the pages of an output', () => {
  const content: PreviewDocument['content'] = { kind: 'table', rows: 300, columns: [], offset: 0, page: [[1], [2]] };
  const preview: PreviewDocument = { v: 1, run: 'r', step: 's', port: 'out', type: 'table', bytes: 9, content };

  function open(...answers: readonly (PreviewDocument | Error)[]) {
    const told: unknown[] = [];
    const ended = new AbortController();
    const read = answering(...answers);
    const note = (message: unknown): unknown => told.push(message);
    return { told, ended, pages: new OutputPages({ read, change: note, send: note, signal: ended.signal }) };
  }

  it('come with their rows, or with why there are none', async () => {
    const { told, pages } = open(preview, preview, offline);
    await pages.first.ask();
    await pages.readPage(100);
    await pages.readPage(200);
    assert.deepEqual(told, [
      { preview, problem: null },
      { type: 'page', offset: 100, rows: [[1], [2]], problem: '' },
      { type: 'page', offset: 200, rows: [], problem: 'No agent.' },
    ]);
    assert.deepEqual(pages.model, { preview, problem: null });
  });

  it('are told to nobody once the panel is gone', async () => {
    const { told, ended, pages } = open(cancelled);
    ended.abort();
    await pages.readPage(0);
    assert.deepEqual(told, []);
  });
});
