import type { Node } from '@vscode/tree-sitter-wasm';
import type { Json } from '../model/json.ts';

/** The value of a literal that JSON can hold; `undefined` for every other expression, also for what this reader is not sure of. */
export function readLiteral(node: Node): Json | undefined {
  switch (node.type) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'none':
      return null;
    case 'integer':
    case 'float':
      return readNumber(node.text);
    case 'string':
      return readText(node);
    case 'unary_operator':
      return readSigned(node);
    case 'list':
    case 'tuple':
      return readList(node);
    case 'dictionary':
      return readDictionary(node);
    default:
      return undefined;
  }
}

function readNumber(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  if (/[jJlL]$/.test(plain)) return undefined;
  const value = Number(plain);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined;
  return Number.isFinite(value) ? value : undefined;
}

function readSigned(node: Node): number | undefined {
  const argument = node.childForFieldName('argument');
  const value = argument === null ? undefined : readLiteral(argument);
  if (typeof value !== 'number') return undefined;
  const operator = node.childForFieldName('operator')?.text;
  if (operator === '-') return -value;
  return operator === '+' ? value : undefined;
}

/** Plain and raw texts without escapes; no bytes, no f-strings. */
export function readText(node: Node): string | undefined {
  const children = node.namedChildren.filter((child) => child !== null);
  const start = children.find((child) => child.type === 'string_start')?.text ?? '';
  const prefix = /^[A-Za-z]*/.exec(start)?.[0].toLowerCase() ?? '';
  if (!['', 'u', 'r'].includes(prefix)) return undefined;
  const content = children.filter((child) => child.type === 'string_content');
  if (content.some((child) => child.namedChildCount > 0)) return undefined;
  return content.map((child) => child.text).join('');
}

function readList(node: Node): Json | undefined {
  const items: Json[] = [];
  for (const child of node.namedChildren) {
    if (child === null || child.type === 'comment') continue;
    const item = readLiteral(child);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function readDictionary(node: Node): Json | undefined {
  const entries: [string, Json][] = [];
  for (const child of node.namedChildren) {
    if (child === null || child.type === 'comment') continue;
    const key = child.childForFieldName('key');
    const value = child.childForFieldName('value');
    if (child.type !== 'pair' || key?.type !== 'string' || value === null) return undefined;
    const [name, item] = [readText(key), readLiteral(value)];
    if (name === undefined || item === undefined) return undefined;
    entries.push([name, item]);
  }
  return Object.fromEntries(entries);
}
