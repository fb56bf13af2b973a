import { Option, type Command } from 'commander';
import { collect } from './collect.ts';
import type { ModuleOptions } from './scaffold.ts';
import type { AddAction } from '../addAction.ts';

/** Commands about files: they need no run. Each loads its code when it is used. */
export function addWorkspaceCommands(program: Command, addAction: AddAction): void {
  addInit(program, addAction);
  addNew(program, addAction);
  const check = program
    .command('check [names...]')
    .description('find errors in all files of the workspace, or in those of modules, libraries and workflows; needs no agent');
  addAction(check, async (context, names: string[]) => (await import('./check.ts')).check(context, names)).addHelpText(
    'after',
    '\nExample:\n  cairn check --json',
  );
  const build = program
    .command('build [modules...]')
    .description('build modules and libraries into artifacts, and make environments ready')
    .option('--watch', 'go on and build what changes, until Ctrl-C', false)
    .option('--no-environments', 'do not make environments ready')
    .option('--wheel', 'write a wheel of each named module, its libraries inside, too', false)
    .option('--out <dir>', 'folder for wheels (default: dist)');
  addAction(build, async (context, modules: string[], options: { watch: boolean; environments: boolean; wheel: boolean; out?: string }) =>
    (await import('./build.ts')).build(context, modules, options),
  ).addHelpText('after', '\nExample:\n  cairn build flights/clean --watch\n  cairn build flights/clean --wheel --out dist');
  const push = program
    .command('push')
    .description('commit the tree and its artifacts to the agent')
    .option('--tag <tag>', 'move this tag to the artifacts, too')
    .option('--module <module>', 'publish only this module or library, and no workflow; repeatable', collect, []);
  addAction(push, async (context, options: { tag?: string; module: string[] }) =>
    (await import('./push.ts')).push(context, options),
  ).addHelpText('after', '\nExample:\n  cairn push --tag candidate');
}

function addInit(program: Command, addAction: AddAction): void {
  const init = program
    .command('init')
    .description('make a folder a workspace that checks clean and runs')
    .option('--name <name>', 'name of the workspace (default: that of the folder)')
    .addOption(new Option('--example <example>', 'begin with an example that comes with Cairn').choices(['flights']))
    .option('--preview', 'show the files and write nothing', false);
  addAction(init, async (context, options: { name?: string; example?: 'flights'; preview: boolean }) =>
    (await import('./scaffold.ts')).init(context, options),
  ).addHelpText('after', '\nExample:\n  cairn init && cairn run\n  cairn init --example flights');
}

function addNew(program: Command, addAction: AddAction): void {
  const create = program.command('new').description('scaffold a module, a library or a workflow');
  create.addHelpText('after', '\nExample:\n  cairn new module flights/clean --input raw:json --output clean:json');
  const module = create
    .command('module <name>')
    .description('scaffold a module that runs')
    .addOption(new Option('--kind <kind>', 'what it does').choices(['data', 'train', 'package', 'evaluate', 'deploy']).default('data'))
    .addOption(new Option('--language <language>', 'what it is written in').choices(['python', 'typescript']).default('python'))
    .option('--environment <environment>', "environment (default: the workspace's)")
    .option('--input <port>', 'input such as flights:table(dep_delay:float64), repeatable', collect, [])
    .option('--output <port>', 'output such as model or scores:json, repeatable', collect, [])
    .option('--preview', 'show the files and write nothing', false);
  addAction(module, async (context, name: string, options: ModuleOptions) =>
    (await import('./scaffold.ts')).newModule(context, name, options),
  ).addHelpText(
    'after',
    "\nExample:\n  cairn new module flights/clean --input 'raw:table(dep_delay:float64)' --output 'flights:table(dep_delay:float64)'",
  );
  const library = create
    .command('library <name>')
    .description('scaffold a library for modules to use')
    .addOption(new Option('--language <language>', 'what it is written in').choices(['python', 'typescript']).default('python'))
    .option('--preview', 'show the files and write nothing', false);
  addAction(library, async (context, name: string, options: { language: 'python' | 'typescript'; preview: boolean }) =>
    (await import('./scaffold.ts')).newLibrary(context, name, options),
  ).addHelpText('after', '\nExample:\n  cairn new library flights/textlib');
  const workflow = create
    .command('workflow <name> [modules...]')
    .description('scaffold a workflow of modules, in order, wired by their ports')
    .option('--preview', 'show the file and write nothing', false);
  addAction(workflow, async (context, name: string, modules: string[], options: { preview: boolean }) =>
    (await import('./scaffold.ts')).newWorkflow(context, name, modules, options),
  ).addHelpText('after', '\nExample:\n  cairn new workflow flights/delays flights/clean flights/train');
}
