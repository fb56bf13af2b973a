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
  const parameters = definition?.childForFieldName('parameters');
  const body = definition?.childForFieldName('body');
  if (definition === undefined || parameters == null || body == null || definition.hasError) return { kind: 'none' };
  const ranges: Range[] = [];
  const names = new Set<string>();
  const left: Node[] = [body, ...parameterNames(parameters, (node) => names.add(node.text))];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (OWN_SCOPES.has(node.type) && takes(node, argument)) continue;
    if (node.type === 'identifier' && isName(node)) {
      names.add(node.text);
      if (node.text === argument) ranges.push(toNodeRange(node));
    }
    for (const child of node.namedChildren) if (child !== null) left.push(child);
  }
  if (!parameterNames(parameters, () => undefined).some((node) => node.text === argument)) return { kind: 'none' };
  return { kind: 'found', ranges: ranges.toSorted(comparePlaces), names: [...names].filter((name) => name !== argument) };
}

function findFunction(root: Node, name: string): Node | undefined {
  const functions = root.namedChildren.flatMap((child): readonly Node[] => {
    const node = child?.type === 'decorated_definition' ? child.childForFieldName('definition') : child;
    return node?.type === 'function_definition' ? [node] : [];
  });
  return functions.findLast((node) => node.childForFieldName('name')?.text === name);
}

/** The identifiers that a parameter list binds; defaults and annotations are not looked at here. */
function parameterNames(parameters: Node, each: (node: Node) => unknown): readonly Node[] {
  const found = parameters.namedChildren.flatMap((child): readonly Node[] => {
    if (child === null) return [];
    if (child.type === 'identifier') return [child];
    const name = child.childForFieldName('name') ?? child.namedChild(0);
    const inner = name?.type === 'identifier' ? name : name?.namedChild(0);
    return inner?.type === 'identifier' ? [inner] : [];
  });
  for (const node of found) each(node);
  return found;
}

function takes(scope: Node, name: string): boolean {
  const parameters = scope.childForFieldName('parameters');
  return parameters !== null && parameterNames(parameters, () => undefined).some((node) => node.text === name);
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
