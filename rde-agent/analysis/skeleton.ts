import type { Digest } from '../../language/model/names.ts';

/** A module body, class body or function of one file (trace-identity.md §1). Order in the list is the order in the tree, parents first. */
export interface Unit {
  readonly kind: 'module' | 'class' | 'function';
  /** for people: `Box.size`, `make.inner`, `<module>` */
  readonly label: string;
  /** index of the unit around it; `null` = module body */
  readonly parent: number | null;
  /** `co_firstlineno` and `co_name` of its code object */
  readonly line: number;
  readonly name: string;
  /** own syntax, with the headers of the units inside it */
  readonly digest: string;
}

/** What one source file is to the rules, on one minor version of Python. */
export interface Skeleton {
  /** version of the serialisation and of the word lists */
  readonly rules: number;
  readonly source: Digest;
  /** false = it does not parse there: then only equal bytes are equal */
  readonly parses: boolean;
  readonly units: readonly Unit[];
}
