import type { Command } from 'commander';
import type { CommandContext } from '../commandContext.ts';
import { toCommandHint } from '../completion/commandTree.ts';
import { complete, toCompletionText } from '../completion/complete.ts';
import { listNames } from '../completion/listNames.ts';
import { toShellScript, type Shell } from '../completion/shellScripts.ts';

export function printScript(context: CommandContext, shell: Shell): number {
  const script = toShellScript(shell);
  context.answer({ v: 1, shell, script }, () => script);
  return 0;
}

export async function printCandidates(context: CommandContext, words: readonly string[], program: Command): Promise<number> {
  const completion = await complete(words, toCommandHint(program), (kind, asked) => listNames(kind, asked, context));
  context.stdout.write(toCompletionText(completion));
  return 0;
}
