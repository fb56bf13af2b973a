import type { CommandContext } from '../commandContext.ts';
import { toDuration } from '../numbers.ts';
import { paintState, toOriginText } from '../runText.ts';
import { toTable } from '../table.ts';

export interface RunsOptions {
  readonly after?: string;
  readonly limit: number;
  readonly workflow?: string;
  readonly parent?: string;
}

export async function runs(context: CommandContext, options: RunsOptions): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('run.list', options, context.interrupted);
  context.answer(document, () => {
    if (document.runs.length === 0) return 'no runs\n';
    const rows = document.runs.map((run) => [
      run.run,
      run.workflow,
      paintState(context.paint, run.state),
      run.started,
      run.state === 'queued' || run.state === 'running' ? '' : toDuration(run.seconds),
      run.by,
      toOriginText(run.origin),
    ]);
    const more = document.after === undefined ? '' : `older ones: cairn runs --after ${document.after}\n`;
    return toTable([['RUN', 'WORKFLOW', 'STATE', 'STARTED', 'TIME', 'BY', 'FROM'], ...rows], [4]) + more;
  });
  return 0;
}
