import type { Node } from '@vscode/tree-sitter-wasm';
import { toNodeRange } from './nodeRange.ts';
import type { ReturnedKeys } from './pythonReader.ts';
import { readText } from './readLiteral.ts';

type Keys = readonly { readonly key: string; readonly range: ReturnType<typeof toNodeRange> }[];

const OTHER_SCOPES = new Set(['function_definition', 'class_definition', 'lambda']);

/** What all `return` statements of a function's own body say, as far as they are dict displays with plain keys. */
export function readReturns(body: Node): ReturnedKeys {
  const statements = collectReturns(body);
  if (statements === undefined || (statements.length === 0 && endsByRaising(body))) return { kind: 'unknown' };
  const returns: Keys[] = [];
  for (const statement of statements) {
    const keys = readKeys(statement.namedChild(0));
    if (keys === undefined) return { kind: 'unknown' };
    returns.push(keys);
  }
  return { kind: 'literal', returns };
}

/** A body that is not written yet (`raise NotImplementedError`) returns nothing wrong. */
function endsByRaising(body: Node): boolean {
  return body.namedChildren.findLast((child) => child !== null && child.type !== 'comment')?.type === 'raise_statement';
}

/** `undefined` for a generator. Iterative: a long `elif` chain is deep. */
function collectReturns(body: Node): readonly Node[] | undefined {
  const found: Node[] = [];
  const left: Node[] = [body];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.type === 'yield') return undefined;
    if (node.type === 'return_statement') found.push(node);
    if (OTHER_SCOPES.has(node.type)) continue;
    for (const child of node.namedChildren.toReversed()) if (child !== null) left.push(child);
  }
  return found;
}

function readKeys(value: Node | null): Keys | undefined {
  if (value?.type !== 'dictionary') return undefined;
  const keys: { readonly key: string; readonly range: ReturnType<typeof toNodeRange> }[] = [];
  for (const child of value.namedChildren) {
    if (child === null || child.type === 'comment') continue;
    const key = child.type === 'pair' ? child.childForFieldName('key') : null;
    const text = key?.type === 'string' ? readText(key) : undefined;
    if (key === null || text === undefined) return undefined;
    keys.push({ key: text, range: toNodeRange(key) });
  }
  return keys;
}
