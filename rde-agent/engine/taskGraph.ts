import { isDynamicForeach } from '../../language/model/workflow.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedEnvironment, PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import type { TaskId } from '../protocol/runEvents.ts';
import { chooseSteps } from './chooseSteps.ts';
import { toElements, type Elements } from './elements.ts';
import { toPorts, toSources, type Port } from './taskInputs.ts';
import type { RunValues, StepNeeds, StepNode, TaskNode } from './taskNode.ts';
import { createParamMaker, usesNominalTime, type ParamMaker } from './taskParams.ts';

/** The environment of tasks that have none: nested workflows. */
const NO_ENVIRONMENT: PinnedEnvironment = {
  digest: 'sha256:',
  name: '',
  python: '',
  platform: '',
  lock: null,
  packages: {},
  image: null,
  variables: {},
};

/** `score[*]` */
function toPlaceholderId(step: string): TaskId {
  return `${step}[*]`;
}

/**
 * The tasks of one run. It grows when the elements of a fan-out become known, and only then: the run's machine does that, so
 * a graph belongs to one machine (or one plan).
 */
export class TaskGraph {
  readonly definition: PinnedWorkflow;
  readonly run: RunValues;
  readonly #steps: Place[] = [];
  readonly #nodes: TaskNode[] = [];
  readonly #byId = new Map<TaskId, TaskNode>();
  readonly #byStep = new Map<string, Place>();

  constructor(definition: PinnedWorkflow, run: RunValues, from: string | null) {
    this.definition = definition;
    this.run = run;
    const chosen = chooseSteps(definition, from);
    const environments = new Map(definition.environments.map((environment) => [environment.digest, environment]));
    for (const step of definition.steps) {
      const use = chosen.get(step.id);
      if (use !== undefined) this.#add(step, toEnvironment(step, environments), use === 'above');
    }
  }

  /** In an order in which every step follows those it needs. */
  get steps(): readonly StepNode[] {
    return this.#steps;
  }
  /** At first every task follows what it needs; elements that become known later are at the end. Placeholders stay. */
  get nodes(): readonly TaskNode[] {
    return this.#nodes;
  }
  get byId(): ReadonlyMap<TaskId, TaskNode> {
    return this.#byId;
  }
  step(id: string): StepNode | undefined {
    return this.#byStep.get(id);
  }

  /**
   * Puts tasks in the place of a placeholder: `step[0]`, `step[1]`, … Throws `invalid-request` when the step's elements are
   * known already, or when a name has not one value per element.
   */
  expand(step: string, values: Elements['values'], count: number): readonly TaskNode[] {
    const place = this.#byStep.get(step);
    if (place?.placeholder == null) throw invalid(`the elements of ${step} are known already`);
    for (const name of place.step.foreach?.names ?? [])
      if (values[name]?.length !== count) throw invalid(`${step} has ${count} elements, but not as many values of ${name}`);
    place.placeholder = null;
    this.#grow(place, { names: Array.from({ length: count }, (_, index) => String(index)), values });
    return place.tasks;
  }

  #add(step: PinnedStep, environment: PinnedEnvironment, mustReuse: boolean): void {
    if (this.#byStep.has(step.id)) throw invalid(`two steps are named ${step.id}`);
    const place = new Place(this, step, { index: this.#steps.length, environment, mustReuse });
    this.#steps.push(place);
    this.#byStep.set(step.id, place);
    if (step.foreach === undefined) this.#push(place, new Task(place, step.id, this.#nodes.length, null));
    else if (!isDynamicForeach(step.foreach)) this.#grow(place, toElements(step.foreach));
    else {
      place.placeholder = new Task(place, toPlaceholderId(step.id), this.#nodes.length, null);
      this.#register(place.placeholder);
    }
  }

  #grow(place: Place, { names, values }: Elements): void {
    place.values = values;
    for (const [element, name] of names.entries())
      this.#push(place, new Task(place, `${place.step.id}[${name}]`, this.#nodes.length, element));
  }

  #push(place: Place, task: TaskNode): void {
    place.tasks.push(task);
    this.#register(task);
  }

  #register(task: TaskNode): void {
    this.#nodes.push(task);
    this.#byId.set(task.id, task);
  }
}

/**
 * Expands a workflow to tasks. With `from`, only that step, what follows it and what those need are part of the run. Throws CairnError
 * `unknown-step` (no such `from`) or `invalid-request` (a reference to nothing, to a later step, or a parameter without a value).
 */
export function toTaskGraph(definition: PinnedWorkflow, run: RunValues, from: string | null): TaskGraph {
  return new TaskGraph(definition, run, from);
}

class Place implements StepNode {
  readonly step: PinnedStep;
  readonly index: number;
  readonly environment: PinnedEnvironment;
  readonly mustReuse: boolean;
  readonly nominalTime: string | null;
  readonly needs: StepNeeds;
  readonly tasks: TaskNode[] = [];
  placeholder: TaskNode | null = null;
  /** of the elements, by name */
  values: Elements['values'] = {};
  readonly toParams: ParamMaker;
  readonly #ports: readonly Port[];
  readonly #from: readonly Port[];
  #inputs: StepNode['inputs'] | undefined;

  constructor(graph: TaskGraph, step: PinnedStep, at: Pick<StepNode, 'index' | 'environment' | 'mustReuse'>) {
    this.step = step;
    this.index = at.index;
    this.environment = at.environment;
    this.mustReuse = at.mustReuse;
    this.nominalTime = usesNominalTime(step) ? graph.run.nominalTime : null;
    const { ports, from, needs } = toPorts(graph, step);
    this.#ports = ports;
    this.#from = from;
    this.needs = needs;
    this.toParams = createParamMaker(step, graph.definition.params, graph.run);
  }

  get inputs(): StepNode['inputs'] {
    if (this.#inputs !== undefined) return this.#inputs;
    const inputs = toSources(this.#ports, () => true);
    // While elements above are not known, the list is not what it will be.
    if (!this.#ports.some(isOpen)) this.#inputs = inputs;
    return inputs;
  }

  get from(): StepNode['from'] {
    return toSources(this.#from, () => true);
  }

  settle(accepts: (task: TaskNode) => boolean): void {
    this.#inputs = toSources(this.#ports, accepts);
  }
}

function isOpen(port: Port): boolean {
  return port.members.some((member) => member.kind === 'need' && member.step.placeholder !== null);
}

class Task implements TaskNode {
  readonly id: TaskId;
  readonly index: number;
  readonly place: Place;
  readonly element: number | null;
  readonly params: TaskNode['params'];

  constructor(place: Place, id: TaskId, index: number, element: number | null) {
    this.place = place;
    this.id = id;
    this.index = index;
    this.element = element;
    this.params = place.step.foreach !== undefined && element === null ? {} : place.toParams(place.values, element ?? 0);
  }

  get step(): PinnedStep {
    return this.place.step;
  }
  get environment(): PinnedEnvironment {
    return this.place.environment;
  }
  get inputs(): TaskNode['inputs'] {
    return this.place.inputs;
  }
  get nominalTime(): string | null {
    return this.place.nominalTime;
  }
  get mustReuse(): boolean {
    return this.place.mustReuse;
  }
}

function toEnvironment(step: PinnedStep, environments: ReadonlyMap<string, PinnedEnvironment>): PinnedEnvironment {
  if (step.kind === 'workflow') return NO_ENVIRONMENT;
  const environment = environments.get(step.environment);
  if (environment === undefined) throw invalid(`step ${step.id} names an environment that the workflow does not have`);
  return environment;
}

function invalid(message: string): CairnError {
  return new CairnError('invalid-request', message);
}
