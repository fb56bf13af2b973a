import type { TaskNode } from '../engine/taskNode.ts';
import { INLINE_BYTES, type TaskContext } from '../protocol/runner.ts';
import type { CodeTree } from './codeTrees.ts';
import { toRunnerType } from './inputs.ts';
import type { ScratchFolder } from './scratchFolders.ts';
import type { SourceFile } from './sourceHook.ts';

/** Everything that an attempt's process is told. */
export interface AttemptGiven {
  readonly run: string;
  readonly node: TaskNode;
  readonly attempt: number;
  readonly tree: CodeTree;
  readonly trace: boolean;
  readonly inputs: TaskContext['inputs'];
  readonly folder: ScratchFolder;
  /** values of the environment's secrets, by name */
  readonly secrets: { readonly [name: string]: string };
  /** of a fetched dataset */
  readonly source: SourceFile | undefined;
}

export function toContext(given: AttemptGiven): TaskContext {
  const { node, tree, folder, source } = given;
  const { contract, kind } = node.step;
  const profile = kind === 'dataset' ? { profile: true } : {};
  return {
    run: given.run,
    task: node.id,
    attempt: given.attempt,
    module: node.step.name,
    root: tree.root,
    // What was bundled has another entry than its source.
    entry: tree.language === 'typescript' ? tree.entry : contract.entry,
    code: tree.code,
    inputs: given.inputs,
    params: node.params as TaskContext['params'],
    outputs: contract.outputs.map((port) => ({ name: port.name, type: toRunnerType(port.type), ...profile })),
    ...(source === undefined ? {} : { source: { ...source } }),
    seed: contract.seed ?? null,
    nominalTime: node.nominalTime,
    scratch: folder.scratch,
    outputDir: folder.outputs,
    variables: { ...node.environment.variables, ...given.secrets },
    threads: Math.max(1, Math.floor(contract.resources.cpu)),
    memory: contract.resources.memory || null,
    inlineBytes: INLINE_BYTES,
    ...(given.trace ? { trace: true } : {}),
  };
}
