import type { AgentClient } from '../../client/agentClient.ts';
import { parseTarget } from '../../executor/lineageTarget.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { ParamsOf } from '../../protocol/operations.ts';
import type { PreviewDocument } from '../../protocol/previewDocument.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCsv } from '../csvText.ts';
import { toPreviewText } from '../previewText.ts';

export interface PreviewOptions {
  readonly offset: number;
  /** absent = a screenful; with `csv` = all rows */
  readonly limit?: number;
  readonly csv: boolean;
}

/** rows for people, and in one request of an export */
const SHOWN = 20;
const EXPORTED = 500;

/** Shows an output, or a dataset as it arrived; with `csv` writes the rows of a table instead, masked columns left out. */
export async function preview(context: CommandContext, target: string, options: PreviewOptions): Promise<number> {
  const asked = toAsked(target);
  if (options.csv) return exportCsv(context, asked, options);
  if ((options.limit ?? 0) > EXPORTED)
    throw new CairnError('usage', `a preview shows at most ${String(EXPORTED)} rows`, {
      next: 'Write them with `--csv`, or go on with --offset.',
    });
  const agent = await context.agent();
  const limit = options.limit ?? (context.options.json ? 100 : SHOWN);
  context.progress.show('reading the output');
  const document = await request(agent, asked, { offset: options.offset, limit }, context.interrupted);
  context.answer(document, () => toPreviewText(document, context.stdout.columns ?? 120));
  return 0;
}

/** One request after another, so that a table of any size needs little memory. */
async function exportCsv(context: CommandContext, asked: Asked, { offset, limit }: PreviewOptions): Promise<number> {
  if (context.options.json) throw new CairnError('usage', '--csv and --json are two forms of the same: name one of them.');
  const agent = await context.agent();
  for (let at = offset, left = limit ?? Number.MAX_SAFE_INTEGER; left > 0;) {
    const page = { offset: at, limit: Math.min(left, EXPORTED), statistics: false };
    const document = await request(agent, asked, page, context.interrupted);
    const { content } = document;
    if (content.kind !== 'table')
      throw new CairnError('invalid-request', `${document.step}.${document.port} is no table: ${toWhat(content)}`, {
        next: 'Leave --csv out to see what it is.',
      });
    if (at === offset) noteMasked(context, content);
    context.stdout.write(toCsv(content, at === offset));
    at += content.page.length;
    left -= content.page.length;
    if (content.page.length === 0 || at >= content.rows) return 0;
  }
  return 0;
}

function noteMasked(context: CommandContext, { columns }: Extract<PreviewDocument['content'], { kind: 'table' }>): void {
  const masked = columns.filter((column) => column.masked).map(({ name }) => name);
  if (masked.length > 0) context.note(`left out, because their labels are masked: ${masked.join(', ')}`);
}

function toWhat(content: PreviewDocument['content']): string {
  return content.kind === 'opaque' ? content.reason : `it is ${content.kind}`;
}

type Asked =
  | ({ readonly kind: 'output' } & Pick<ParamsOf<'output.preview'>, 'run' | 'step' | 'port'>)
  | ({ readonly kind: 'dataset' } & Pick<ParamsOf<'dataset.preview'>, 'dataset' | 'version'>);

type Page = Pick<ParamsOf<'output.preview'>, 'offset' | 'limit' | 'statistics'>;

function request(agent: AgentClient, asked: Asked, page: Page, signal: AbortSignal): Promise<PreviewDocument> {
  const { kind: _kind, ...wanted } = asked;
  return 'run' in wanted
    ? agent.request('output.preview', { ...wanted, ...page }, signal)
    : agent.request('dataset.preview', { ...wanted, ...page }, signal);
}

function toAsked(text: string): Asked {
  const target = parseTarget(text);
  if (target.kind === 'dataset') {
    const { dataset, version } = target;
    return { kind: 'dataset', dataset, ...(version === undefined ? {} : { version }) };
  }
  if (target.column !== undefined)
    throw new CairnError('usage', `${text} is a column, and a preview is of a whole output`, {
      next: 'Write RUN:STEP.PORT; the port may be left out where there is one.',
    });
  const port = target.port === undefined ? {} : { port: target.port };
  return { kind: 'output', run: target.run, step: target.steps.join('/'), ...port };
}
