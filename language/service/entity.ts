import type { Range } from '../model/diagnostic.ts';

/** Something of the language that has a name of its own and is meant in several places. */
export interface Entity {
  readonly kind:
    | 'module'
    | 'library'
    | 'dataset'
    | 'environment'
    | 'workflow'
    | 'step'
    /** of a module, dataset or workflow */
    | 'port'
    /** of a module or a workflow */
    | 'param'
    /** a name of `foreach` */
    | 'element'
    | 'column';
  /** What the name is unique in: `''`, the file of a workflow, or a place made by the functions below. */
  readonly within: string;
  readonly name: string;
}

export type Direction = 'in' | 'out';

/** One place where an entity is meant. */
export interface Occurrence {
  readonly file: string;
  readonly range: Range;
  readonly entity: Entity;
  /** `definition`: where it is declared in YAML. `code`: where it is declared in the code of an entry. */
  readonly role: 'definition' | 'reference' | 'code';
}

/** Owner of ports and parameters: `module flights/clean`. */
export function toOwner(kind: 'module' | 'dataset' | 'workflow', name: string): string {
  return `${kind} ${name}`;
}

export function toPort(owner: string, direction: Direction, name: string): Entity {
  return { kind: 'port', within: `${owner} ${direction}`, name };
}

export function toColumn(owner: string, direction: Direction, port: string, name: string): Entity {
  return { kind: 'column', within: `${owner} ${direction} ${port}`, name };
}

export function isSameEntity(one: Entity, other: Entity): boolean {
  return one.kind === other.kind && one.within === other.within && one.name === other.name;
}

export function toEntityKey({ kind, within, name }: Entity): string {
  return `${kind}\0${within}\0${name}`;
}
