import * as vscode from 'vscode';
import { toCairnError } from '../../rde-agent/protocol/errors.ts';
import type { LogLine } from '../../rde-agent/protocol/documents.ts';
import type { UiContext } from './context.ts';
import { LogText } from './logText.ts';

const SCHEME = 'cairn-log';
/** milliseconds between two refreshes of a document */
const REFRESH = 250;

interface OpenLog {
  readonly text: LogText;
  readonly stop: AbortController;
  refreshDue: NodeJS.Timeout | undefined;
}

/** Logs of runs as read-only documents that grow while their run goes on; each is asked for only while its document is open. */
export class RunLogs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #context: UiContext;
  readonly #open = new Map<string, OpenLog>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registrations: readonly vscode.Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(context: UiContext) {
    this.#context = context;
    this.#registrations = [
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      // What was read before the document was there is asked for once more.
      vscode.workspace.onDidOpenTextDocument((document) => this.#open.has(document.uri.toString()) && this.#changed.fire(document.uri)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#close(document.uri)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => followEnd(document)),
    ];
  }

  /** `step` absent = all steps of the run. */
  async show(run: string, step: string | undefined): Promise<void> {
    const name = step?.replaceAll('/', ' ') ?? vscode.l10n.t('all steps');
    const query = new URLSearchParams(step === undefined ? { run } : { run, step }).toString();
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${run.slice(0, 8)}/${name}.log`, query });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Active });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const known = this.#open.get(uri.toString());
    if (known !== undefined) return known.text.whole;
    const log: OpenLog = { text: new LogText(!uri.query.includes('step=')), stop: new AbortController(), refreshDue: undefined };
    this.#open.set(uri.toString(), log);
    void this.#read(uri, log);
    return log.text.whole;
  }

  dispose(): void {
    for (const log of this.#open.values()) log.stop.abort();
    for (const one of this.#registrations) one.dispose();
  }

  async #read(uri: vscode.Uri, log: OpenLog): Promise<void> {
    const query = new URLSearchParams(uri.query);
    const run = query.get('run') ?? '';
    const step = query.get('step') ?? undefined;
    let after: string | undefined;
    try {
      for (let done = false; !done && !log.stop.signal.aborted;) {
        const asked = {
          run,
          wait: after !== undefined,
          ...(step === undefined ? {} : { step }),
          ...(after === undefined ? {} : { after }),
        };
        const answer = await this.#context.link.request('run.logs', asked, log.stop.signal);
        ({ after, done } = answer);
        this.#append(uri, log, answer.lines);
      }
      log.text.end();
    } catch (thrown) {
      const { code, message } = toCairnError(thrown);
      if (code === 'cancelled') return;
      log.text.fail(`${message} (${code})`);
    }
    this.#changed.fire(uri);
  }

  #append(uri: vscode.Uri, log: OpenLog, lines: readonly LogLine[]): void {
    if (lines.length === 0) return;
    log.text.append(lines);
    log.refreshDue ??= setTimeout(() => {
      log.refreshDue = undefined;
      this.#changed.fire(uri);
    }, REFRESH);
  }

  #close(uri: vscode.Uri): void {
    const log = this.#open.get(uri.toString());
    if (log === undefined) return;
    log.stop.abort();
    clearTimeout(log.refreshDue);
    this.#open.delete(uri.toString());
  }
}

/** Keeps the end in sight for those who are looking at it; who has scrolled up stays where they are. */
function followEnd(document: vscode.TextDocument): void {
  if (document.uri.scheme !== SCHEME) return;
  const end = document.lineAt(document.lineCount - 1).range;
  for (const editor of vscode.window.visibleTextEditors.filter((one) => one.document === document)) {
    const isAtStart = editor.selection.isEmpty && editor.selection.active.line === 0;
    const seesEnd = editor.visibleRanges.some((range) => range.end.line >= document.lineCount - 50);
    if (isAtStart || seesEnd) editor.revealRange(end);
  }
}
