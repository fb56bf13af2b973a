import type { Command } from 'commander';
import type { CommandContext } from './commandContext.ts';

/** Gives a command its action: it gets a context, the arguments and the options as the command declares them, and answers the exit code. */
export type AddAction = (command: Command, act: (context: CommandContext, ...args: never[]) => Promise<number> | number) => Command;
