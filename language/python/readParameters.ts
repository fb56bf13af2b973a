import type { Node } from '@vscode/tree-sitter-wasm';
import { toNodeRange } from './nodeRange.ts';
import type { DefaultValue, ParameterStyle, PythonParameter } from './pythonReader.ts';
import { readLiteral } from './readLiteral.ts';

/** Parameters in the order of the text; `/` and `*` alone only change the style of others. */
export function readParameters(parameters: Node): readonly PythonParameter[] {
  const read: PythonParameter[] = [];
  let style: ParameterStyle = 'normal';
  for (const child of parameters.namedChildren) {
    if (child === null || child.type === 'comment') continue;
    if (child.type === 'positional_separator') {
      for (const [index, parameter] of read.entries()) read[index] = { ...parameter, style: 'positional' };
      continue;
    }
    const parameter = child.type === 'keyword_separator' ? undefined : toParameter(child, style);
    if (parameter === undefined || parameter.style === 'args') style = 'keyword';
    if (parameter !== undefined) read.push(parameter);
  }
  return read;
}

const SPLATS: { readonly [type: string]: ParameterStyle } = { list_splat_pattern: 'args', dictionary_splat_pattern: 'kwargs' };

function toParameter(node: Node, style: ParameterStyle): PythonParameter {
  const inner = node.type === 'typed_parameter' ? (node.namedChild(0) ?? node) : node;
  const splat = SPLATS[inner.type];
  const name = splat === undefined ? (node.childForFieldName('name') ?? inner) : (inner.namedChild(0) ?? inner);
  return {
    name: name.text,
    style: splat ?? style,
    default: toDefault(node.childForFieldName('value')),
    annotation: node.childForFieldName('type')?.text,
    range: toNodeRange(name),
  };
}

function toDefault(value: Node | null): DefaultValue {
  if (value === null) return { kind: 'none' };
  const range = toNodeRange(value);
  const literal = readLiteral(value);
  if (literal === undefined) return { kind: 'expression', text: value.text, range };
  return { kind: 'literal', value: literal, isFloat: isFloat(value), range };
}

function isFloat(node: Node): boolean {
  return node.type === 'float' || (node.type === 'unary_operator' && node.childForFieldName('argument')?.type === 'float');
}
