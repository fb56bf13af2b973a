import { Argument, type Command } from 'commander';
import type { AddAction } from '../addAction.ts';
import { COMPLETE_COMMAND, SHELLS, type Shell } from '../completion/shellScripts.ts';

/** What shells read and ask. */
export function addCompletionCommands(program: Command, addAction: AddAction): void {
  const completion = program
    .command('completion')
    .description('print the script with which a shell completes commands, options and names')
    .addArgument(new Argument('<shell>', 'of which it is').choices([...SHELLS]));
  addAction(completion, async (context, shell: Shell) => (await import('./completion.ts')).printScript(context, shell)).addHelpText(
    'after',
    [
      '',
      'Example:',
      '  cairn completion zsh > ~/.zfunc/_cairn        # a folder of $fpath',
      '  cairn completion fish > ~/.config/fish/completions/cairn.fish',
      '  echo "source <(cairn completion bash)" >> ~/.bashrc',
    ].join('\n'),
  );
  const ask = program.command(`${COMPLETE_COMMAND} [words...]`, { hidden: true });
  addAction(ask, async (context, words: string[]) => (await import('./completion.ts')).printCandidates(context, words, program));
}
