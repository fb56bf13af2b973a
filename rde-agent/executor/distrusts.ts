import type { Demotion } from '../protocol/catalogEvents.ts';
import { toCodeName, type KeyParts } from '../protocol/keyParts.ts';
import type { Reason } from '../protocol/reason.ts';
import type { Projections } from '../store/store.ts';

/** What audits have shown, as decisions need it: for every task, so it is kept read. */
export class Distrusts {
  readonly #projections: Projections;
  readonly #known = new Map<string, readonly Demotion[]>();
  /** Called when there is something new about a module. */
  onDidChange: () => void = () => undefined;

  constructor(projections: Projections) {
    this.#projections = projections;
  }

  /** Why nothing of this code of a module is reused or stored; `null` = nothing is known against it. */
  readonly reason = (part: KeyParts['module']): Reason | null => {
    const module = part.name;
    const found = this.of(module).find((each) => each.to === 'unstable' && each.code === toCodeName(part));
    if (found === undefined) return null;
    const { port, before, after } = found;
    const message = `an audit got another ${port} from the same code and inputs, so ${module} is not ${found.declared}: fix it, or declare \`determinism: stochastic\``;
    return { kind: 'determinism', name: port, before, after, message };
  };

  /** Whether results of a module are reused for equal code only. */
  isExact(module: string): boolean {
    return this.of(module).some(({ to }) => to === 'exact');
  }

  of(module: string): readonly Demotion[] {
    let demotions = this.#known.get(module);
    if (demotions === undefined) this.#known.set(module, (demotions = this.#projections.demotions(module)));
    return demotions;
  }

  /** There is something new about it. */
  forget(module: string): void {
    this.#known.delete(module);
    this.onDidChange();
  }
}
