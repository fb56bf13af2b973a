import type { Argument, Command, Option } from 'commander';

/** What a value is, as far as a shell can help with it. */
export type ValueKind = ListedKind | 'file' | 'folder' | 'choice' | 'text';

/** What has names. `name` = of a module, a library or a workflow; `output` = `RUN:STEP.PORT` or `DATASET[@VERSION]`. */
export type ListedKind = 'workflow' | 'module' | 'name' | 'run' | 'step' | 'output' | 'tag' | 'dataset' | 'environment' | 'cluster';

export interface ValueHint {
  readonly kind: ValueKind;
  /** of a `choice` */
  readonly choices: readonly string[];
}

export interface OptionHint {
  /** `--from`, and `-f` where there is one */
  readonly flags: readonly string[];
  readonly description: string;
  /** `undefined` = it takes no value */
  readonly value: ValueHint | undefined;
  /** may be given more than once */
  readonly isRepeatable: boolean;
}

export interface CommandHint {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionHint[];
  readonly values: readonly (ValueHint & { readonly isVariadic: boolean })[];
  readonly commands: readonly CommandHint[];
}

/** Placeholders of arguments and options, `<run>`, and what stands there. */
const KINDS: { readonly [name: string]: ValueKind } = {
  workflow: 'workflow',
  module: 'module',
  modules: 'module',
  names: 'name',
  run: 'run',
  before: 'run',
  after: 'run',
  step: 'step',
  output: 'output',
  target: 'output',
  tag: 'tag',
  version: 'tag',
  dataset: 'dataset',
  environment: 'environment',
  environments: 'environment',
  cluster: 'cluster',
  dir: 'folder',
  folder: 'folder',
  file: 'file',
};

/** The commands as the program declares them: what can be completed is what can be used. Hidden ones are left out. */
export function toCommandHint(command: Command): CommandHint {
  const help = command.createHelp();
  return {
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(toOptionHint),
    values: command.registeredArguments.map((argument) => ({ ...toValueHint(argument), isVariadic: argument.variadic })),
    commands: help.visibleCommands(command).map(toCommandHint),
  };
}

function toOptionHint(option: Option): OptionHint {
  const { short, long, description, argChoices = [] } = option;
  const before: unknown = option.defaultValue;
  const placeholder = /[<[]([\w-]+)/.exec(option.flags)?.[1];
  return {
    flags: [long, short].filter((flag) => flag !== undefined),
    description,
    value: placeholder === undefined ? undefined : toHint(placeholder, argChoices),
    isRepeatable: option.variadic || Array.isArray(before),
  };
}

function toValueHint(argument: Argument): ValueHint {
  return toHint(argument.name(), argument.argChoices ?? []);
}

function toHint(placeholder: string, choices: readonly string[]): ValueHint {
  if (choices.length > 0) return { kind: 'choice', choices };
  return { kind: Object.hasOwn(KINDS, placeholder) ? (KINDS[placeholder] ?? 'text') : 'text', choices: [] };
}
