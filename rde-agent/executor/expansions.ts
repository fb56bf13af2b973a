import type { TaskNode, TaskSource } from '../engine/taskNode.ts';
import type { Json } from '../../language/model/json.ts';
import type { OutputRecord, RunEvent } from '../protocol/runEvents.ts';
import { AGENT, type RunDesk } from './activeRunOptions.ts';
import { expand, FanOutProblem, readElements } from './fanOutElements.ts';
import { toGivenUp } from './taskEvents.ts';

/** Reads what a fan-out runs over, and records its elements, or why there are none. */
export class Expansions {
  readonly #desk: RunDesk;

  constructor(desk: RunDesk) {
    this.#desk = desk;
  }

  expand(task: TaskNode, from: { readonly [name: string]: TaskSource }): void {
    this.#read(task, from)
      .catch((error: unknown): RunEvent => toGivenUp(task, 0, { code: 'fan-out-failed', message: toMessage(error) }))
      .then((event) => this.#record(task, from, event))
      .catch((error: unknown) => this.#desk.services.logger.error('A fan-out was not recorded', { task: task.id, error }));
  }

  #record(task: TaskNode, from: { readonly [name: string]: TaskSource }, event: RunEvent): void {
    if (this.#desk.isStopped || !this.#desk.machine.wants({ kind: 'expand', task, from })) return;
    this.#desk.together(() => this.#desk.record(AGENT, [event]));
  }

  async #read(task: TaskNode, from: { readonly [name: string]: TaskSource }): Promise<RunEvent> {
    const { step } = task;
    if (step.foreach === undefined) throw new FanOutProblem(`${step.id} is no fan-out`);
    const found: { [name: string]: readonly Json[] } = {};
    for (const [name, source] of Object.entries(from)) found[name] = await this.#elements(source, `${name} of ${step.id}`);
    const { values, count } = expand(step.id, step.foreach, found);
    return { type: 'step.expanded', step: step.id, values, count };
  }

  async #elements(source: TaskSource, what: string): Promise<readonly Json[]> {
    if (source.kind === 'list') throw new FanOutProblem(`${what} is a list of outputs: a fan-out runs over the elements of one`);
    const output: OutputRecord | null | undefined =
      source.kind === 'given' ? source.output : this.#desk.machine.output(source.task, source.port);
    if (output == null) throw new FanOutProblem(`${what} is not there`);
    return readElements(
      output,
      source.kind === 'given' ? `inputs.${source.input}` : `${source.task}.${source.port}`,
      this.#desk.services.blobs,
    );
  }
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
