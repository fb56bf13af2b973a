import { availableParallelism } from 'node:os';
import { statSync } from 'node:fs';
import path from 'node:path';
import { toLibraryImport } from '../../language/model/library.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import { toNearNames } from '../../language/model/nearNames.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { TestCase, TestsDocument } from '../protocol/ciDocuments.ts';
import { CairnError } from '../protocol/errors.ts';
import type { FoundTest, ModuleTestAnswer, ModuleTestRequest, RunTests } from '../protocol/moduleTests.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { WorkspaceRoleOptions } from './workspaceOptions.ts';
import { layOut, listUsedCode } from './foreignCode.ts';
import type { CurrentAmong, Workspace } from './workspace.ts';

type Module = Definition<ModuleContract>;
type ModuleResult = TestsDocument['modules'][number];
type Params = CheckedParamsOf<'workspace.test'>;

interface Tested {
  readonly module: ModuleResult;
  readonly tests: readonly TestCase[];
}

/** modules whose tests run at the same time */
const AT_ONCE = Math.min(4, availableParallelism());

/** Tests of modules as the files are now (`tests:` of module.yaml), each in the environment that the module runs in. */
export class ModuleTests {
  readonly #workspace: Workspace;
  readonly #options: WorkspaceRoleOptions;

  constructor(workspace: Workspace, options: WorkspaceRoleOptions) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /**
   * What is wrong with one module is said in its result. Rejects with `unknown-module`, `invalid-request` (ids, or a launch, without exactly one module),
   * `not-supported` or `cancelled`.
   */
  async test(params: Params, signal: AbortSignal): Promise<TestsDocument> {
    const { runTests } = this.#options;
    if (runTests === undefined) throw new CairnError('not-supported', 'this agent does not run tests');
    const current = await this.#workspace.currentAmong(params.documents);
    const chosen = choose(current.own.model, params);
    const results = new Map<string, Tested>();
    const waiting = [...chosen];
    const work = async (): Promise<void> => {
      for (let module = waiting.shift(); module !== undefined; module = waiting.shift())
        results.set(module.name, await this.#testOne(module, current, params, runTests, signal));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return toDocument(chosen.flatMap(({ name }) => results.get(name) ?? []));
  }

  async #testOne(module: Module, current: CurrentAmong, params: Params, runTests: RunTests, signal: AbortSignal): Promise<Tested> {
    const { model } = current.own;
    const started = performance.now();
    const finish = (state: ModuleResult['state'], more: Partial<ModuleResult> = {}, tests: readonly TestCase[] = []): Tested => ({
      module: { module: module.name, state, seconds: (performance.now() - started) / 1000, output: '', ...more },
      tests,
    });
    const contract = module.value;
    if (contract === undefined) return finish('error', { message: `${module.file} has errors: see \`cairn check\`` });
    const none = this.#findNone(module, contract);
    if (none !== undefined) return finish('none', none);
    try {
      const environment = contract.environment ?? model.manifest.defaults.environment;
      const { pinned, lock } = await this.#workspace.pins.get(model, environment, contract.language);
      const report = (message: string): void => this.#options.logger.info('environment', { environment: pinned.name, message });
      await this.#options.prepare(pinned, lock, report, signal);
      const answer = await runTests(pinned, await this.#toRequest(module, contract, current, params), signal);
      if (answer.launch !== undefined) return finish('found', { launch: answer.launch });
      const tests = [...answer.tests, ...toAbsent(module, params.tests, answer)].map((test) => ({ module: module.name, ...test }));
      const more = { output: answer.output, ...(answer.problem === undefined ? {} : { message: answer.problem }) };
      return finish(toState(tests, answer.problem), more, tests);
    } catch (error) {
      if (!(error instanceof CairnError) || signal.aborted) throw error;
      return finish('error', { message: error.message });
    }
  }

  /** `undefined` = it has tests. */
  #findNone({ folder }: Module, { tests, language }: ModuleContract): Partial<ModuleResult> | undefined {
    if (tests === undefined) return {};
    if (language === 'typescript') return { message: 'tests of TypeScript modules are not run by this version' };
    const place = joinPath(folder, tests);
    return statSync(path.join(this.#workspace.root, place), { throwIfNoEntry: false }) === undefined
      ? { message: `${place} is not there` }
      : undefined;
  }

  async #toRequest(
    { folder }: Module,
    contract: ModuleContract,
    { checked, foreign }: CurrentAmong,
    params: Params,
  ): Promise<ModuleTestRequest> {
    const { root, folder: kept } = this.#workspace;
    const { releases } = this.#options.runRole;
    const libraries: [string, string][] = [];
    for (const used of listUsedCode(contract.uses, checked.model, foreign)) {
      const place =
        used.kind === 'own'
          ? path.join(root, used.folder)
          : await layOut(kept.libraries, used.artifact, () => releases.files(used.artifact));
      libraries.push([toLibraryImport(used.name), place]);
    }
    return {
      root,
      folder: path.join(root, folder),
      tests: contract.tests ?? '',
      libraries: Object.fromEntries(libraries),
      ids: params.tests ?? null,
      discover: params.discover,
      timeout: params.timeout,
      ...(params.launch ? { launch: true } : {}),
    };
  }
}

function choose({ modules, libraries }: WorkspaceModel, { modules: names, tests, launch }: Params): readonly Module[] {
  const chosen = new Map<string, Module>();
  for (const name of names) {
    const module = modules.get(name);
    if (module !== undefined) chosen.set(name, module);
    else if (!libraries.has(name)) {
      const [near] = toNearNames(name, [...modules.keys()]);
      throw new CairnError('unknown-module', `there is no module ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
    }
  }
  const result = names.length === 0 ? [...modules.values()] : [...chosen.values()];
  if (tests !== undefined && result.length !== 1)
    throw new CairnError('invalid-request', 'tests are named within one module', { next: 'Name exactly one module beside them.' });
  if (launch && result.length !== 1)
    throw new CairnError('invalid-request', 'the tests of one module at a time are debugged', { next: 'Name exactly one module.' });
  return result;
}

/** Tests that were asked for by their ids and are not there. */
function toAbsent({ file }: Module, asked: readonly string[] | undefined, { tests, problem }: ModuleTestAnswer): readonly FoundTest[] {
  if (problem !== undefined) return [];
  const isThere = (id: string): boolean =>
    tests.some((test) => test.id === id || test.id.startsWith(`${id}::`) || test.id.startsWith(`${id}[`) || id.startsWith(`${test.id}::`));
  return (asked ?? [])
    .filter((id) => !isThere(id))
    .map((id) => ({ id, name: id, file, line: 1, state: 'error', seconds: 0, message: 'there is no such test' }));
}

function toState(tests: readonly TestCase[], problem: string | undefined): ModuleResult['state'] {
  if (problem !== undefined) return 'error';
  if (tests.length === 0) return 'none';
  if (tests.some(({ state }) => state === 'failed' || state === 'error')) return 'failed';
  return tests.every(({ state }) => state === 'found') ? 'found' : 'passed';
}

function toDocument(tested: readonly Tested[]): TestsDocument {
  const tests = tested.flatMap((one) => one.tests);
  const count = (...states: readonly TestCase['state'][]): number => tests.filter(({ state }) => states.includes(state)).length;
  return {
    v: 1,
    modules: tested.map(({ module }) => module),
    tests,
    passed: count('passed'),
    failed: count('failed', 'error'),
    skipped: count('skipped'),
  };
}
