import assert from 'node:assert/strict';
import { Mutator, type Edit } from './edits.ts';
import { Experiment } from './experiment.ts';
import { readKept, toKept } from './kept.ts';
import { Machines } from './machines.ts';
import { countEdits, shareReused, toPrecision, toTable } from './report.ts';
import { readPackages } from './sources.ts';
import { describeTrial, isReused, isStale, type Trial } from './trials.ts';

/** Python of an environment with the packages of requirements.lock; `npm test` sets it up. */
const SOURCES = process.env['CAIRN_DEV_ORACLE'];
/** Edits of each package on each version of Python: chosen by seeds that stay, and by that of the run. */
const EDITS = Number(process.env['CAIRN_ORACLE_EDITS'] ?? 15);
const FRESH = Math.round(EDITS / 4);
const FIXED = EDITS - FRESH;
/** A package of more files takes long to import: it is edited less often. */
const LARGE = 100;
const FRESH_SEED = process.env['CAIRN_ORACLE_SEED'] ?? process.env['GITHUB_RUN_NUMBER'] ?? new Date().toISOString().slice(0, 13);

if (SOURCES === undefined) {
  describe.skip('oracle: needs python: the packages of test/oracle/requirements.lock', () => it('edits real packages', () => undefined));
} else {
  describe('oracle: edits of real packages', function () {
    this.timeout(600_000);
    const trials: Trial[] = [];
    const breaks: (Trial & { readonly files: number })[] = [];
    const programs = readPackages(SOURCES);
    let machines: Machines;
    let mutators: readonly Mutator[];

    before(async () => {
      machines = await Machines.start(['3.11', '3.13']);
      mutators = machines.runtimes.map(() => new Mutator(SOURCES));
      console.log(`  seeds: fixed, ${FRESH_SEED} (CAIRN_ORACLE_SEED)`);
    });
    after(async () => {
      console.log(toReport(trials, breaks));
      for (const mutator of mutators) mutator.dispose();
      await machines.dispose();
    });

    it('has packages enough and a version of Python', () => {
      assert.ok(machines.runtimes.length > 0, 'needs Python 3.11 or 3.13');
      assert.ok(programs.length >= 20);
    });

    it('has both versions of Python (needs interpreters: Python 3.11 and 3.13)', function () {
      if (machines.runtimes.length < 2) this.skip();
    });

    for (const program of programs) {
      it(`reuses nothing of ${program.name} where the result changes`, async () => {
        const found = await Promise.all(
          machines.runtimes.map(async (runtime, number) => {
            const mutator = mutators[number];
            assert.ok(mutator);
            const experiment = await Experiment.begin(program, runtime, machines.judge);
            breaks.push(...(await experiment.breakUnrun(mutator)));
            const share = Object.keys(program.files).length > LARGE ? 0.2 : 1;
            const edits = [...readKept(program), ...(await experiment.choose(mutator, 'fixed', Math.ceil(FIXED * share)))];
            edits.push(...(await experiment.choose(mutator, FRESH_SEED, Math.ceil(FRESH * share))));
            return await tryAll(experiment, edits);
          }),
        );
        trials.push(...found.flat());
        const stale = [...found.flat(), ...breaks.filter((trial) => trial.program === program.name)].filter(isStale);
        for (const { edit } of stale.slice(0, 3)) if (isWhole(edit)) console.log(`  for kept.json: ${toKept(program.name, edit)}`);
        assert.deepEqual(stale.map(describeTrial), []);
      });
    }

    it('has tried at least 500 edits of at least 15 kinds', () => {
      assert.ok(countEdits(trials) >= 500, String(countEdits(trials)));
      assert.ok(new Set(trials.map(({ edit }) => edit.kind)).size >= 15);
    });

    it('reuses after at least 95 of 100 edits that change nothing, and 95 of 100 edits of what did not run', () => {
      const { noOps, unreached } = toPrecision(trials);
      assert.ok(shareReused(noOps) >= 0.95, `no-ops: ${listNeedless(noOps)}`);
      assert.ok(shareReused(unreached) >= 0.95, `unreached: ${listNeedless(unreached)}`);
    });

    it('reuses with every function broken that did not run, in at least half of the executions', () => {
      assert.ok(breaks.filter((trial) => isReused(trial) && trial.files > 0).length >= breaks.length / 2);
    });
  });
}

function isWhole(edit: Trial['edit']): edit is Edit {
  return edit.splices !== undefined && edit.text !== undefined;
}

async function tryAll(experiment: Experiment, edits: readonly Edit[]): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const edit of edits) trials.push(...(await experiment.try(edit)));
  return trials;
}

function listNeedless(trials: readonly Trial[]): string {
  const needless = trials.filter((trial) => !isReused(trial));
  return [`${String(needless.length)} of ${String(trials.length)} ran again`, ...needless.slice(0, 20).map(describeTrial)].join('\n  ');
}

function toReport(trials: readonly Trial[], breaks: readonly (Trial & { readonly files: number })[]): string {
  const { noOps, unreached, apart } = toPrecision(trials);
  const percent = (some: readonly Trial[]): string => `${(shareReused(some) * 100).toFixed(1)} % of ${String(some.length)}`;
  const broken = breaks.filter((trial) => isReused(trial));
  return [
    toTable(trials),
    '',
    `no-ops reused: ${percent(noOps)}; edits of what did not run reused: ${percent(unreached)}`,
    `every function that did not run broken: ${String(broken.length)} of ${String(breaks.length)} executions reused, ${String(broken.reduce((sum, { files }) => sum + files, 0))} files`,
    'look at lines, frames or docstrings, so that such edits count (edits left out above):',
    ...[...apart].sort().map(([why, count]) => `  ${why} (${String(count)})`),
  ].join('\n');
}
