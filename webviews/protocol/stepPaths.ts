/** Elements of a fan-out, whose names may hold anything but the closing bracket. */
const ELEMENT = /\[[^\]]*\]/g;

/** The step that a task is of, as a path: `check[a]/score[b]` → `check/score`. */
export function toStepPath(task: string): string {
  return task.includes('[') ? task.replaceAll(ELEMENT, '') : task;
}
