/** What counts apart: modules, and each version of their code. */
interface Counted {
  hits: number;
  excused: number;
}

/** modules and codes counted; above it, counting begins anew */
const KEPT = 10_000;

export interface Shares {
  /** of all reuses, and of those that needed an excuse */
  readonly share: number;
  readonly excused: number;
}

/** Chooses which reuses are checked: every n-th of a module and code, so that it is certain when the next one is, and costs nothing before. */
export class AuditShare {
  readonly #shares: Shares;
  readonly #counted = new Map<string, Counted>();

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  /** `isSuspect` = audits have caught the module before: every reuse is checked, unless none is. */
  takes(module: string, code: string, isExcused: boolean, isSuspect: boolean): boolean {
    const name = `${module} ${code}`;
    let counted = this.#counted.get(name);
    if (counted === undefined) {
      if (this.#counted.size >= KEPT) this.#counted.clear();
      this.#counted.set(name, (counted = { hits: 0, excused: 0 }));
    }
    counted.hits += 1;
    if (isExcused) counted.excused += 1;
    const { share, excused } = this.#shares;
    if (isSuspect && share > 0) return true;
    return isTurn(counted.hits, share) || (isExcused && isTurn(counted.excused, excused));
  }
}

/** The n-th of them is one of the share: exactly `share` of many, spread evenly. */
function isTurn(n: number, share: number): boolean {
  return Math.floor(n * share + ROUNDING) > Math.floor((n - 1) * share + ROUNDING);
}

/** 0.04 × 25 must not be a little less than 1 */
const ROUNDING = 1e-9;
