// The commands as plain data, read off the program itself.
import { createProgram } from '../../rde-agent/cli/program.ts';

/** `{ name, description, usage, values, options, examples, commands }` of the whole program; hidden commands are left out. */
export function describeProgram() {
  let written = '';
  const stream = { write: (text) => ((written += text), true), isTTY: false };
  const host = {
    env: {},
    cwd: '/',
    stdout: stream,
    stderr: stream,
    interrupted: new AbortController().signal,
    node: process.versions.node,
  };
  const program = createProgram(host, (command) => command);
  const readHelp = (command) => {
    written = '';
    command.outputHelp();
    return written;
  };
  return describe(program, readHelp);
}

function describe(command, readHelp) {
  const help = command.createHelp();
  const [, examples = ''] = readHelp(command).split(/\nExample:\n/);
  return {
    name: command.name(),
    description: command.description(),
    usage: command.usage().replace(/^\[options\] ?/, ''),
    values: command.registeredArguments.map((argument) => ({ name: argument.name(), description: argument.description })),
    options: help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map(describeOption),
    examples: examples.split('\n\n')[0].replaceAll(/^ {2}/gm, '').trimEnd(),
    commands: help
      .visibleCommands(command)
      .filter(({ _name }) => _name !== 'help')
      .map((child) => describe(child, readHelp)),
  };
}

function describeOption({ flags, description, argChoices = [], defaultValue, negate }) {
  const isSaid = defaultValue === undefined || typeof defaultValue === 'boolean' || Array.isArray(defaultValue) || negate;
  return { flags, description, choices: argChoices, initial: isSaid ? '' : String(defaultValue) };
}
