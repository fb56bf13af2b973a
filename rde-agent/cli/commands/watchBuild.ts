import type { BuildDocument, DiagnosticDocument } from '../../protocol/documents.ts';
import { CairnError, toCairnError } from '../../protocol/errors.ts';
import type { CommandContext } from '../commandContext.ts';
import { toFindingCount, toFindingLines } from '../findingText.ts';
import { watchTree, type TreeWatch } from '../treeWatch.ts';

interface WatchOptions {
  readonly root: string;
  readonly build: (changedOnly: boolean) => Promise<BuildDocument>;
  readonly toText: (document: BuildDocument) => string;
}

/**
 * Builds, and again whenever the tree has changed, one build at a time, until Ctrl-C. For people every round stands between two lines with a
 * clock time, `Build started` and `Build finished`, with what is wrong between them: problem matchers stand on these. A broken file ends nothing.
 */
export async function watchBuild(context: CommandContext, options: WatchOptions): Promise<void> {
  const watch = await watchTree(await context.agent(), options.root, context.interrupted);
  try {
    for (let isFirst = true; !context.interrupted.aborted; isFirst = false) {
      const { tree } = watch.view;
      await buildRound(context, options, watch, isFirst);
      const { diagnostics } = watch.view;
      if (isFirst) context.note('Watching; Ctrl-C ends.');
      await watch.change({ tree, diagnostics });
    }
  } finally {
    watch.dispose();
  }
}

async function buildRound(context: CommandContext, options: WatchOptions, watch: TreeWatch, isFirst: boolean): Promise<void> {
  const isText = !context.options.json;
  if (isText) context.stdout.write(`${toClock()} Build started\n`);
  const outcome = await options.build(!isFirst).catch((thrown: unknown) => toFailure(thrown, isFirst));
  if (outcome instanceof CairnError && outcome.code === 'cancelled') return;
  const { diagnostics } = watch.view;
  if (!isText) return tellMachine(context, outcome, diagnostics, isFirst);
  const findings = toFindingLines(context, options.root, diagnostics).map((line) => `${line}\n`);
  context.stdout.write(findings.join(''));
  if (outcome instanceof CairnError) context.stdout.write(toFailureText(context, outcome, diagnostics));
  else if (isFirst) context.stdout.write(options.toText(outcome));
  else if (outcome.modules.length > 0) context.stdout.write(options.toText({ ...outcome, environments: [] }));
  context.stdout.write(`${toClock()} Build finished: ${toFindingCount(diagnostics)}\n`);
}

/** The first round fails as the same command without `--watch` does, unless it is the files that are wrong. */
function toFailure(thrown: unknown, isFirst: boolean): CairnError {
  const error = toCairnError(thrown);
  const isOfFiles = error.code === 'check-failed' || error.code === 'build-failed';
  if (error.code === 'internal' || (isFirst && !isOfFiles)) throw thrown;
  return error;
}

function tellMachine(
  context: CommandContext,
  outcome: BuildDocument | CairnError,
  diagnostics: readonly DiagnosticDocument[],
  isFirst: boolean,
): void {
  if (outcome instanceof CairnError)
    context.line({ v: 1, error: { code: outcome.code, message: outcome.message, next: outcome.next }, diagnostics });
  else if (isFirst || outcome.modules.length > 0) context.line(outcome);
}

/** What is wrong with files is told by their findings, each with its place; the rest, such as an agent that is away, by its own words. */
function toFailureText(context: CommandContext, error: CairnError, diagnostics: readonly DiagnosticDocument[]): string {
  const isTold = diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  return isTold ? '' : `${context.paint('red', error.code)}: ${error.message}\n  ${error.next}\n`;
}

function toClock(): string {
  return `[${new Date().toTimeString().slice(0, 8)}]`;
}
