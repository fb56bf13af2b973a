import assert from 'node:assert/strict';
import { Command, Option } from 'commander';
import { toCommandHint, type ListedKind } from '../../../../../rde-agent/cli/completion/commandTree.ts';
import { complete, toCompletionText, type Completion } from '../../../../../rde-agent/cli/completion/complete.ts';

const program = new Command('cairn');
program.helpCommand(false).option('--json', 'for machines').option('--workspace <dir>', 'where');
program
  .command('run [workflow]')
  .description('run it')
  .option('--param <name=value>', 'repeatable', [] as never)
  .option('--from <step>', 'a step')
  .option('-f, --follow', 'go on');
program.command('build [modules...]').description('build them').option('--out <file>', 'a file');
const create = program.command('new').description('scaffold');
create
  .command('module <name>')
  .description('a module')
  .addOption(new Option('--kind <kind>', 'what').choices(['data', 'train']));
program.command('logs <run> [step]').description('what was written');
program.command('tag <module> <tag>').description('a tag').option('--to <version>', 'there');
create.command('output <output>').description('an output');
program.command('__secret', { hidden: true });
const hint = toCommandHint(program);

const NAMES: { readonly [kind in ListedKind]?: readonly string[] } = {
  workflow: ['demo/flow', 'demo/other'],
  module: ['demo/a', 'demo/b'],
  run: ['01987a3e'],
};

/** What a list depends on is told by its one name. */
const ASKED: ReadonlySet<ListedKind> = new Set(['step', 'tag', 'output']);

async function offer(line: string): Promise<readonly string[] | string> {
  const completion: Completion = await complete(line.split(' '), hint, (kind, { command, known, current }) => {
    const names = ASKED.has(kind) ? [`${current}<${command} ${JSON.stringify(known)}>`] : (NAMES[kind] ?? []);
    return Promise.resolve(names.map((value) => ({ value, description: '' })));
  });
  return completion.kind === 'candidates' ? completion.candidates.map(({ value }) => value) : completion.kind;
}

describe('cli/completion/complete', () => {
  for (const [line, expected] of [
    ['', ['run', 'build', 'new', 'logs', 'tag']],
    ['r', ['run']],
    ['x', []],
    ['new ', ['module', 'output', 'help']],
    ['new module name --kind ', ['data', 'train']],
    ['new module name --kind=t', ['--kind=train']],
    ['new module ', []],
    ['run ', ['demo/flow', 'demo/other']],
    ['run demo/o', ['demo/other']],
    ['run demo/flow ', []],
    ['run --param a=1 ', ['demo/flow', 'demo/other']],
    ['run --param a=1 --par', ['--param']],
    ['run --from x --fr', []],
    ['run -f --fol', []],
    ['run --from ', ['<run {}>']],
    ['run demo/flow --param x=1 --from ', ['<run {"workflow":"demo/flow","text":"x=1"}>']],
    ['run demo/flow --from=tr', ['--from=tr<run {"workflow":"demo/flow"}>']],
    ['run --', ['--param', '--from', '--follow', '--help', '--json', '--workspace']],
    ['build demo/a ', ['demo/a', 'demo/b']],
    ['build --out ', 'files'],
    ['--workspace ', 'folders'],
    ['--workspace x ru', ['run']],
    ['logs ', ['01987a3e']],
    ['logs 01987a3e ', ['<logs {"run":"01987a3e"}>']],
    ['tag demo/a ', ['<tag {"module":"demo/a"}>']],
    ['tag demo/a beta --to x', ['x<tag {"module":"demo/a","tag":"beta"}>']],
    ['new output 01987a3e:', ['01987a3e:<new output {}>']],
    ['run -- --', []],
    ['nonsense ', []],
  ] as const)
    it(`offers ${JSON.stringify(expected)} after ${JSON.stringify(line)}`, async () => assert.deepEqual(await offer(line), expected));

  it('keeps a name with an end of a line on one line', () => {
    const text = toCompletionText({ kind: 'candidates', candidates: [{ value: 'a\nrm -rf', description: 'x\ty\u001b[1m' }] });
    assert.equal(text, 'a rm -rf\tx y [1m\n');
  });
});
