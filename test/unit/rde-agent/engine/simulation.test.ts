import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toRunResult } from '../../../../rde-agent/engine/nested.ts';
import type { PinnedWorkflow } from '../../../../rde-agent/protocol/pinned.ts';
import { digestOf } from '../../../support/pinnedWorkflow.ts';
import { createChance } from '../../../simulation/fate.ts';
import { expect } from '../../../simulation/oracle.ts';
import { randomWorkflow } from '../../../simulation/randomWorkflow.ts';
import { SimulatedAgent, type Disturbance } from '../../../simulation/simulatedAgent.ts';

const QUIET: Disturbance = { crashes: 0, cancels: 0, faults: 0 };
const ROUGH: Disturbance = { crashes: 8, cancels: 2, faults: 15 };

/** Seeds that have found something: repeated for ever. 1: a join over nothing. 5: a join that goes on before a fan-out is expanded. */
const FOUND: readonly number[] = [1, 5];

/** The seed of this run: given, of the continuous run, or new. */
const seed = Number(process.env['CAIRN_SEED'] ?? process.env['CI_RUN_NUMBER'] ?? process.env['GITHUB_RUN_NUMBER'] ?? Date.now() % 1e9);

function play(definition: PinnedWorkflow, moves: number, disturbance: Disturbance): SimulatedAgent {
  const agent = new SimulatedAgent(definition, createChance(moves), disturbance);
  agent.play();
  return agent;
}

/** Plays until enough has happened; a failure is shrunk to the smallest workflow that shows it. */
function playMany(from: number, least: number, check: (definition: PinnedWorkflow, moves: number) => number): number {
  let steps = 0;
  for (let round = 0; steps < least; round += 1)
    fc.assert(
      fc.property(randomWorkflow, fc.nat({ max: 1e9 }), (definition, moves) => {
        steps += check(definition, moves);
      }),
      { numRuns: 100, seed: from + round },
    );
  return steps;
}

describe('engine: simulation', () => {
  before(() => console.log(`      seed ${String(seed)} (CAIRN_SEED repeats it)`));

  it('keeps its promises while agents crash, machines fail and people cancel', function () {
    this.timeout(120_000);
    const rough = (definition: PinnedWorkflow, moves: number): number => play(definition, moves, ROUGH).steps;
    for (const found of FOUND) playMany(found, 1, rough);
    const steps = playMany(seed, 120_000, rough);
    console.log(`      ${String(steps)} steps`);
  });

  it('ends every task and run as the workflow says when nobody disturbs it', function () {
    this.timeout(120_000);
    const quiet = (definition: PinnedWorkflow, moves: number): number => {
      const agent = play(definition, moves, QUIET);
      assertExpected(definition, agent);
      return agent.steps;
    };
    for (const found of FOUND) playMany(found, 1, quiet);
    playMany(seed, 30_000, quiet);
  });
});

/** A task that was ended because nobody needed it any more may have been any. */
function assertExpected(definition: PinnedWorkflow, { root }: SimulatedAgent): void {
  const expected = expect(definition, '');
  assert.equal(root.view.state, expected.state);
  const isJoin = definition.steps.some((step) => step.join !== undefined && step.join.kind !== 'all');
  for (const { id, state } of Object.values(root.view.tasks)) {
    if (root.machine.endReason(id) === 'not-needed') assert.ok(isJoin, `${id} was ended though nothing is joined`);
    else assert.equal(state, expected.tasks.get(id), id);
  }
  if (!isJoin) assert.deepEqual(toRunResult(root.machine.graph, root.machine, digestOf).metrics, expected.metrics);
}
