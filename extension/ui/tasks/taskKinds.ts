import * as z from 'zod/mini';

/** What a `tasks.json` may say of a task of type `cairn`; package.json describes the same to its completion. */
export const TaskWords = z.object({
  task: z.enum(['build', 'check', 'test']),
  watch: z.optional(z.boolean()),
  modules: z.optional(z.array(z.string())),
  workspace: z.optional(z.string()),
});
export type TaskWords = z.infer<typeof TaskWords>;

export interface TaskKind {
  /** as it stands behind `cairn: ` in lists */
  readonly name: string;
  readonly words: Pick<TaskWords, 'task' | 'watch'>;
  readonly group: 'build' | 'test' | undefined;
  /** a run of tests marks nothing: their failures are shown where the tests are */
  readonly matcher: '$cairn' | '$cairn-watch' | undefined;
}

/** The tasks that every workspace has. */
export const TASK_KINDS: readonly TaskKind[] = [
  { name: 'build', words: { task: 'build' }, group: 'build', matcher: '$cairn' },
  { name: 'build (watch)', words: { task: 'build', watch: true }, group: 'build', matcher: '$cairn-watch' },
  { name: 'check', words: { task: 'check' }, group: undefined, matcher: '$cairn' },
  { name: 'test', words: { task: 'test' }, group: 'test', matcher: undefined },
];

export function findTaskKind({ task, watch = false }: TaskWords): TaskKind | undefined {
  return TASK_KINDS.find(({ words }) => words.task === task && (words.watch ?? false) === watch);
}

/** The command line of a task. */
export function toTaskArguments({ task, watch = false, modules = [] }: TaskWords, root: string): readonly string[] {
  return [task, ...(task === 'check' ? [] : modules), ...(watch ? ['--watch'] : []), '--workspace', root];
}
