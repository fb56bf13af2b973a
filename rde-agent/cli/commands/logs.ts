import type { LogLine } from '../../protocol/documents.ts';
import type { CommandContext } from '../commandContext.ts';
import { toColouredText, toPlainText } from '../terminal.ts';

/** Prints what is there, and with `follow` what comes, until the run has ended. */
export async function logs(context: CommandContext, run: string, step: string | undefined, options: { follow: boolean }): Promise<number> {
  const agent = await context.agent();
  const only = step === undefined ? {} : { step };
  let after: string | undefined;
  for (;;) {
    const cursor = after === undefined ? {} : { after };
    const page = await agent.request(
      'run.logs',
      { run, ...only, ...cursor, wait: options.follow && after !== undefined },
      context.interrupted,
    );
    for (const line of page.lines) print(context, line);
    if (page.lines.length === 0 && (page.done || !options.follow)) return 0;
    after = page.after;
  }
}

function print(context: CommandContext, line: LogLine): void {
  if (context.options.json) return context.line(line);
  const text = context.stdout.isTTY === true ? toColouredText(line.text) : toPlainText(line.text);
  const prefix = context.paint(line.stream === 'err' ? 'yellow' : 'dim', `${toPlainText(line.step)}|`);
  context.stdout.write(`${prefix} ${text}\n`);
}
