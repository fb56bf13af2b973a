import type { TestCase, TestsDocument } from '../../protocol/ciDocuments.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount, toDuration } from '../numbers.ts';
import { toTable } from '../table.ts';
import { toPlainText } from '../terminal.ts';

export interface TestOptions {
  readonly test: readonly string[];
  readonly list: boolean;
  readonly timeout?: number;
}

/** Runs tests of modules. Exit 1 when one fails, or when they could not be run. */
export async function test(context: CommandContext, modules: readonly string[], options: TestOptions): Promise<number> {
  const root = context.root();
  const agent = await context.agent();
  context.progress.show(options.list ? 'finding tests' : 'testing');
  const asked = {
    root,
    modules: [...modules],
    discover: options.list,
    ...(options.test.length === 0 ? {} : { tests: [...options.test] }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
  };
  const document = await agent.request('workspace.test', asked, context.interrupted);
  context.answer(document, () => toText(context, document));
  return document.failed > 0 || document.modules.some(({ state }) => state === 'error') ? 1 : 0;
}

function toText(context: CommandContext, document: TestsDocument): string {
  const rows = document.modules.map(({ module, state, seconds, message }) => [
    module,
    state === 'none' ? 'no tests' : state,
    toCount(document.tests.filter((one) => one.module === module).length, 'test'),
    toDuration(seconds),
    toPlainText(message ?? ''),
  ]);
  const table = rows.length === 0 ? 'no modules\n' : toTable([['MODULE', 'STATE', 'TESTS', 'TIME', ''], ...rows], [3]);
  const found = document.tests.filter(({ state }) => state === 'found').map((one) => `${toPlace(one)}  ${one.module}  ${one.id}\n`);
  const failures = document.tests.filter(({ state }) => state === 'failed' || state === 'error').map((one) => toFailure(context, one));
  const printed = document.modules
    .filter(({ state, output }) => state === 'error' && output !== '')
    .map(({ module, output }) => `\n${module} has printed:\n${toBlock(output)}`);
  const { passed, failed, skipped } = document;
  const summary = found.length > 0 ? toCount(found.length, 'test') : `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return `${table}${found.map(toPlainLine).join('')}${failures.join('')}${printed.join('')}\n${summary}\n`;
}

function toFailure(context: CommandContext, { module, id, state, message, traceback, failedAt, ...rest }: TestCase): string {
  const place = failedAt === undefined ? toPlace(rest) : `${failedAt.file}:${failedAt.line}`;
  const text = traceback ?? message ?? '';
  return `\n${context.paint('red', state)} ${toPlainText(module)} ${toPlainText(id)}\n  ${toPlainText(place)}\n${toBlock(text)}`;
}

function toPlace({ file, line }: Pick<TestCase, 'file' | 'line'>): string {
  return `${file}:${line}`;
}

function toPlainLine(line: string): string {
  return `${toPlainText(line.trimEnd())}\n`;
}

/** Text of others, line by line without control characters. */
function toBlock(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${toPlainText(line)}\n`)
    .join('');
}
