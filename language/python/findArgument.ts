import type { Node } from '@vscode/tree-sitter-wasm';
import type { Range } from '../model/diagnostic.ts';
import { toNodeRange } from './nodeRange.ts';

/** Where an argument of a function is meant, the parameter itself included, and every other name that the function uses. */
export type ArgumentUses =
  | { readonly kind: 'found'; readonly ranges: readonly Range[]; readonly names: readonly string[] }
  /** no such function or argument, or the text is not Python */
  | { readonly kind: 'none' };

const OWN_SCOPES = new Set(['function_definition', 'lambda']);

/** Follows an argument through its function. Inner functions that take the same name mean their own, and are left alone. */
export function findArgument(root: Node, functionName: string, argument: string): ArgumentUses {
  const definition = findFunction(root, functionName);
  const parameters = definition?.childForFieldName('parameters') ?? null;
  const body = definition?.childForFieldName('body') ?? null;
  if (parameters === null || body === null || definition?.hasError === true) return { kind: 'none' };
  const taken = toParameterNames(parameters);
  if (!taken.some((node) => node.text === argument)) return { kind: 'none' };
  const used = [...taken, ...collectNames(body, argument)];
  const ranges = used.filter((node) => node.text === argument).map(toNodeRange);
  const names = new Set(used.map((node) => node.text).filter((name) => name !== argument));
  return { kind: 'found', ranges: ranges.toSorted(comparePlaces), names: [...names] };
}

/** Identifiers that stand for variables, but for those of inner functions that take `argument` as their own. */
function collectNames(body: Node, argument: string): readonly Node[] {
  const found: Node[] = [];
  const left: Node[] = [body];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (OWN_SCOPES.has(node.type) && takes(node, argument)) continue;
    if (node.type === 'identifier' && isName(node)) found.push(node);
    for (const child of node.namedChildren) if (child !== null) left.push(child);
  }
  return found;
}

function findFunction(root: Node, name: string): Node | undefined {
  const functions = root.namedChildren.flatMap((child): readonly Node[] => {
    const node = child?.type === 'decorated_definition' ? child.childForFieldName('definition') : child;
    return node?.type === 'function_definition' ? [node] : [];
  });
  return functions.findLast((node) => node.childForFieldName('name')?.text === name);
}

/** The identifiers that a parameter list binds; defaults and annotations are not looked at here. */
function toParameterNames(parameters: Node): readonly Node[] {
  return parameters.namedChildren.flatMap((child): readonly Node[] => {
    if (child === null) return [];
    if (child.type === 'identifier') return [child];
    const name = child.childForFieldName('name') ?? child.namedChild(0);
    const inner = name?.type === 'identifier' ? name : name?.namedChild(0);
    return inner?.type === 'identifier' ? [inner] : [];
  });
}

function takes(scope: Node, name: string): boolean {
  const parameters = scope.childForFieldName('parameters');
  return parameters !== null && toParameterNames(parameters).some((node) => node.text === name);
}

/** An identifier that stands for a variable: not the attribute of something, not the name of a keyword argument. */
function isName(node: Node): boolean {
  const { parent } = node;
  if (parent?.type === 'attribute') return parent.childForFieldName('attribute')?.id !== node.id;
  if (parent?.type === 'keyword_argument') return parent.childForFieldName('name')?.id !== node.id;
  return true;
}

function comparePlaces(one: Range, other: Range): number {
  return one.start.line - other.start.line || one.start.column - other.start.column;
}
