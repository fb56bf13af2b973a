/** What TypeScript modules import from `cairn`. In a plain test, outside of a worker, every function does nothing but `log`. */
declare module 'cairn' {
  /** Says how far the task is: `done` of `total`. May be called as often as wanted. */
  export function progress(done: number, total?: number | null, message?: string): void;
  /** Reports one finite number. The last value of each name becomes the task's metric; with `step`, the values form a series. */
  export function logMetric(name: string, value: number, step?: number): void;
  /** Writes a line into the task's log. */
  export function log(...parts: readonly unknown[]): void;
}
