import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CiPlanDocument } from '../../protocol/ciDocuments.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CommandContext } from '../commandContext.ts';
import { toCount } from '../numbers.ts';
import type { PipelineFormat } from '../pipelines/formatNames.ts';
import { FORMATS } from '../pipelines/formats.ts';
import { toTable } from '../table.ts';
import { toPlainText } from '../terminal.ts';

export interface CiPlanOptions {
  readonly since: string;
  readonly format?: PipelineFormat;
  readonly out?: string;
  readonly setup: readonly string[];
  readonly runner?: string;
  readonly image?: string;
}

/** Writes the pipeline to stdout, or to a file; without a format people get a table. */
export async function ciPlan(context: CommandContext, options: CiPlanOptions): Promise<number> {
  const { since, format, out, setup, runner, image } = options;
  const root = context.root();
  const agent = await context.agent();
  const plan = await agent.request('ci.plan', { root, since }, context.interrupted);
  const rendered = FORMATS[format ?? 'json'](plan, { setup, runner, image });
  if (out === undefined) {
    if (context.options.json || format === undefined) context.answer(plan, () => toText(plan));
    else context.stdout.write(rendered);
    return 0;
  }
  const file = path.resolve(context.folder, out);
  try {
    writeFileSync(file, rendered);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CairnError('invalid-request', `${file} can't be written: ${reason}`, { next: 'Name another file.', cause: error });
  }
  context.answer(plan, () => `${toText(plan)}written to ${file}\n`);
  return 0;
}

function toText({ jobs, changed, unaffected, base }: CiPlanDocument): string {
  const rows = jobs.map(({ id, kind, needs, because }) => [
    id,
    kind,
    needs.join(', '),
    toPlainText(because.map(({ kind: cause, name }) => `${cause} ${name}`).join(', ')),
  ]);
  const table = rows.length === 0 ? 'no module is affected\n' : toTable([['JOB', 'KIND', 'NEEDS', 'BECAUSE'], ...rows]);
  const summary = `${toCount(changed.length, 'file')} changed since ${base.slice(0, 12)}, ${toCount(jobs.length, 'job')}`;
  return `${table}${summary}, ${String(unaffected)} modules and libraries are not affected\n`;
}
