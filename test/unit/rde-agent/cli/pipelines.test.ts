import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { FORMATS } from '../../../../rde-agent/cli/pipelines/formats.ts';
import { FORMAT_NAMES } from '../../../../rde-agent/cli/pipelines/formatNames.ts';
import { CiPlanDocument, type CiJob } from '../../../../rde-agent/protocol/ciDocuments.ts';

const OPTIONS = { setup: [], runner: undefined, image: undefined };

function plan(jobs: readonly CiJob[], folder = '.'): CiPlanDocument {
  const commits = { since: 'origin/main', base: 'a'.repeat(40), head: 'b'.repeat(40) };
  return { v: 1, ...commits, folder, changed: ['x'], jobs: [...jobs], unaffected: 3 };
}

function job(id: string, needs: readonly string[] = []): CiJob {
  const module = id.replace('-', '/');
  return {
    id,
    module,
    kind: 'module',
    because: [{ kind: 'file', name: 'x' }],
    needs: [...needs],
    commands: [`cairn check ${module}`, `cairn push --module ${module}`],
  };
}

/** One library, `count` modules that use it, and a workflow of all of them. */
function wide(count: number): readonly CiJob[] {
  const modules = Array.from({ length: count }, (_, index) => job(`ns-m${String(index)}`, ['ns-lib']));
  return [
    job('ns-lib'),
    ...modules,
    {
      ...job(
        'ns-flow-workflow',
        modules.map(({ id }) => id),
      ),
      kind: 'workflow',
      commands: ['cairn check ns/flow'],
    },
  ];
}

interface GitHubJob {
  readonly needs?: readonly string[];
  readonly 'runs-on': string;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}
interface GitLabJob {
  readonly stage: string;
  readonly needs?: readonly string[];
  readonly script: readonly string[];
}
interface Step {
  readonly name: string;
  readonly script: readonly string[];
}
type Block = { readonly step: Step } | { readonly parallel: { readonly steps: readonly { readonly step: Step }[] } };

describe('unit/rde-agent/cli/pipelines', () => {
  const sizes = { none: [], one: [job('ns-one')], wide: wide(3), 'very wide': wide(250), chain: toChain(150) };

  for (const [name, jobs] of Object.entries(sizes)) {
    it(`writes a workflow of GitHub for ${name}: valid ids, every job and what it needs`, () => {
      const workflow = parse(FORMATS.github(plan(jobs), OPTIONS)) as {
        readonly on: object;
        readonly jobs: { readonly [id: string]: GitHubJob };
      };
      assert.ok(Object.keys(workflow.on).length > 0);
      const entries = Object.entries(workflow.jobs);
      assert.ok(entries.length > 0, 'a workflow has a job at least');
      for (const [id, { needs = [], steps, ...rest }] of entries) {
        assert.match(id, /^[A-Za-z_][A-Za-z0-9_-]*$/);
        assert.ok(needs.every((need) => Object.hasOwn(workflow.jobs, need)));
        assert.equal(typeof rest['runs-on'], 'string');
        assert.ok(steps.every(({ run, uses }) => (run === undefined) !== (uses === undefined)));
      }
      for (const { id, commands, needs } of jobs) {
        assert.deepEqual(
          workflow.jobs[id]?.steps.flatMap(({ run }) => run ?? []),
          commands,
        );
        assert.deepEqual(workflow.jobs[id].needs ?? [], needs);
      }
    });

    it(`writes a child pipeline of GitLab for ${name}: stages that exist, at most 50 needs, nothing before what it uses`, () => {
      const pipeline = parse(FORMATS.gitlab(plan(jobs), OPTIONS)) as { readonly stages: readonly string[]; readonly [id: string]: unknown };
      const known = new Set(['workflow', 'stages', 'variables', 'default']);
      const all = new Map(Object.entries(pipeline).filter(([key]) => !known.has(key)) as [string, GitLabJob][]);
      assert.ok(all.size > 0, 'a pipeline has a job at least');
      for (const [id, { stage, needs, script }] of all) {
        assert.ok(id.length <= 255);
        assert.ok(pipeline.stages.includes(stage));
        assert.ok(script.length > 0);
        assert.ok((needs ?? []).length <= 50);
        assert.ok((needs ?? []).every((need) => all.has(need)));
      }
      for (const { id, needs } of jobs) {
        const at = pipeline.stages.indexOf(all.get(id)?.stage ?? '');
        const before = needs.map((need) => pipeline.stages.indexOf(all.get(need)?.stage ?? ''));
        assert.ok(before.every((stage) => stage < at));
      }
    });

    it(`writes a dynamic pipeline of Bitbucket for ${name}: at most 100 steps, every command once, nothing before what it uses`, () => {
      const pipeline = parse(FORMATS.bitbucket(plan(jobs), OPTIONS)) as { readonly pipelines: { readonly default: readonly Block[] } };
      const blocks = pipeline.pipelines.default.map((block) =>
        'step' in block ? [block.step] : block.parallel.steps.map(({ step }) => step),
      );
      const steps = blocks.flat();
      assert.ok(steps.length >= 1 && steps.length <= 100, `${steps.length} steps`);
      assert.ok(pipeline.pipelines.default.every((block) => 'step' in block || block.parallel.steps.length >= 2));
      const text = steps.flatMap(({ script }) => script).join('\n');
      const placeOf = (module: string): number =>
        blocks.findIndex((block) => block.some(({ script }) => script.join('\n').includes(`cairn check ${module}`)));
      for (const { commands } of jobs)
        for (const command of commands)
          assert.equal(
            text.split(`${command}\n`).length + text.split(`${command} `).length + (text.endsWith(command) ? 1 : 0) >= 3,
            true,
            command,
          );
      if (name === 'wide') assert.deepEqual(['ns/lib', 'ns/m0', 'ns/flow'].map(placeOf), [0, 1, 2]);
    });
  }

  it('runs in the folder of a workspace below that of its repository, after what was given', () => {
    const one = plan([job('ns-one')], "team b/it's");
    const options = { ...OPTIONS, setup: ['npm ci'] };
    const gitHub = parse(FORMATS.github(one, options)) as {
      readonly jobs: { readonly [id: string]: { readonly steps: readonly object[] } };
    };
    const commands = ['cairn check ns/one', 'cairn push --module ns/one'];
    const placed = commands.map((run) => ({ 'working-directory': "team b/it's", run }));
    assert.deepEqual(gitHub.jobs['ns-one']?.steps.slice(1), [{ run: 'npm ci' }, ...placed]);
    const script = ['npm ci', "cd './team b/it'\\''s'", ...commands];
    const gitLab = parse(FORMATS.gitlab(one, options)) as { readonly [id: string]: GitLabJob };
    assert.deepEqual(gitLab['ns-one']?.script, script);
    const bitbucket = parse(FORMATS.bitbucket(one, options)) as {
      readonly pipelines: { readonly default: readonly { readonly step: Step }[] };
    };
    assert.deepEqual(bitbucket.pipelines.default[0]?.step.script, script);
    assert.match(FORMATS.gitlab(plan([job('ns-one')], 'teams/b'), OPTIONS), /- cd teams\/b\n/);
  });

  it('puts what was given into every job, and is the document itself as JSON', () => {
    const options = { setup: ['npm ci'], runner: 'agents', image: 'python:3.13' };
    const jobs = sizes.wide;
    const gitHub = parse(FORMATS.github(plan(jobs), options)) as {
      readonly jobs: { readonly [id: string]: GitHubJob & { readonly container: string } };
    };
    assert.ok(
      Object.values(gitHub.jobs).every(
        (each) => each['runs-on'] === 'agents' && each.container === 'python:3.13' && each.steps[1]?.run === 'npm ci',
      ),
    );
    assert.match(FORMATS.gitlab(plan(jobs), options), /tags:\n {4}- agents/);
    assert.match(FORMATS.bitbucket(plan(jobs), options), /runs-on:\n/);
    assert.deepEqual(CiPlanDocument.parse(JSON.parse(FORMATS.json(plan(jobs), options))), plan(jobs));
    assert.deepEqual([...FORMAT_NAMES], Object.keys(FORMATS));
  });
});

function toChain(length: number): readonly CiJob[] {
  return Array.from({ length }, (_, index) => job(`ns-c${String(index)}`, index === 0 ? [] : [`ns-c${String(index - 1)}`]));
}
