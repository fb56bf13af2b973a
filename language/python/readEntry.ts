import type { Node } from '@vscode/tree-sitter-wasm';
import { toNearNames } from '../model/nearNames.ts';
import { toNodeRange } from './nodeRange.ts';
import type { EntryReading, PythonEntry } from './pythonReader.ts';
import { readParameters } from './readParameters.ts';
import { readReturns } from './readReturns.ts';

interface FoundFunction {
  readonly node: Node;
  readonly decorators: readonly string[];
}

/** Reads the function of a module's top level; of several with one name the last counts, as in Python. */
export function readEntry(root: Node, functionName: string): EntryReading {
  const functions = collectFunctions(root);
  const found = functions.findLast(({ node }) => toName(node) === functionName);
  const other = findOtherBinding(root, functionName);
  if (other !== undefined && (found === undefined || other.startIndex > found.node.startIndex))
    return { kind: 'other', range: toNodeRange(other) };
  if (found !== undefined) return toEntry(found, functionName);
  const error = root.hasError ? findError(root) : undefined;
  if (error !== undefined) return { kind: 'unreadable', range: toNodeRange(error) };
  return {
    kind: 'missing',
    near: toNearNames(
      functionName,
      functions.map(({ node }) => toName(node)),
    ),
  };
}

function toEntry({ node, decorators }: FoundFunction, functionName: string): EntryReading {
  const parameters = node.childForFieldName('parameters');
  const name = node.childForFieldName('name');
  const body = node.childForFieldName('body');
  if (parameters === null || name === null || body === null || parameters.hasError) return { kind: 'unreadable', range: toNodeRange(node) };
  const entry: PythonEntry = {
    name: functionName,
    range: toNodeRange(name),
    parametersRange: toNodeRange(parameters),
    parameters: readParameters(parameters),
    returns: readReturns(body),
    isAsync: node.child(0)?.type === 'async',
    decorators,
  };
  return { kind: 'found', entry };
}

function collectFunctions(root: Node): readonly FoundFunction[] {
  return toNamedChildren(root).flatMap((child): readonly FoundFunction[] => {
    if (child.type === 'function_definition') return [{ node: child, decorators: [] }];
    const node = child.type === 'decorated_definition' ? child.childForFieldName('definition') : null;
    if (node?.type !== 'function_definition') return [];
    const decorators = toNamedChildren(child).filter((part) => part.type === 'decorator');
    return [{ node, decorators: decorators.map((decorator) => decorator.text.slice(1).trim()) }];
  });
}

/** A class, import or assignment of that name, or a function defined under a condition: callable perhaps, unknown from here. */
function findOtherBinding(root: Node, name: string): Node | undefined {
  return toNamedChildren(root).findLast((child) => {
    switch (child.type) {
      case 'import_statement':
      case 'import_from_statement':
        return toNamedChildren(child).some(
          (part) => (part.childForFieldName('alias') ?? part).text === name || part.type === 'wildcard_import',
        );
      case 'class_definition':
        return toName(child) === name;
      case 'expression_statement':
        return child.namedChild(0)?.type === 'assignment' && child.namedChild(0)?.childForFieldName('left')?.text === name;
      case 'if_statement':
      case 'try_statement':
      case 'with_statement':
        return child.descendantsOfType(['function_definition', 'class_definition']).some((part) => part !== null && toName(part) === name);
      default:
        return child.type === 'decorated_definition' && isClassNamed(child.childForFieldName('definition'), name);
    }
  });
}

function isClassNamed(node: Node | null, name: string): boolean {
  return node?.type === 'class_definition' && toName(node) === name;
}

function findError(root: Node): Node | undefined {
  return root.descendantsOfType('ERROR').find((node) => node !== null) ?? root;
}

function toName(node: Node): string {
  return node.childForFieldName('name')?.text ?? '';
}

function toNamedChildren(node: Node): readonly Node[] {
  return node.namedChildren.filter((child) => child !== null);
}
