import type { Workflow } from '../../language/model/workflow.ts';
import { createWorkflowReader } from '../../language/parse/incrementalWorkflow.ts';
import type { ParsedFile } from '../../language/parse/parsedFile.ts';
import { parseWorkflow } from '../../language/parse/parseWorkflow.ts';

/** Small numbers from a seed, the same on every machine. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** A workflow as people write it: several styles, comments, fan-outs, some of everything. */
export function makeWorkflowText(steps: number): string {
  const lines = [
    '# what this is for',
    'workflow: bench/flow',
    'params:',
    '  month: { type: int, default: 1 }',
    'steps:',
    '  s0:',
    '    module: bench/load',
  ];
  for (let index = 1; index < steps; index += 1) {
    const before = index % 7 === 3 ? `s${index - 1}[*].out` : `s${index - 1}.out`;
    lines.push(`  s${index}:`, '    module: bench/step');
    if (index % 5 === 1) lines.push('    # a comment about it', `    in: { value: ${before.includes('[') ? `"${before}"` : before} }`);
    else lines.push('    in:', `      value: ${before}`);
    if (index % 7 === 2) lines.push('    foreach: { kind: [a, b] }', '    params:', '      kind: ${foreach.kind}');
    if (index % 11 === 4) lines.push('    description: |', '      Several lines', '', '      of text: with a colon');
    if (index % 13 === 6) lines.push('', '    timeout: 30m');
  }
  lines.push('outputs:', `  last: s${steps - 1}.out`, '');
  return lines.join('\n');
}

const PIECES = [
  ...[
    'a',
    'x: 1',
    ':',
    ' ',
    '  ',
    '\n',
    '\n  ',
    '\n    ',
    '#',
    ' # note',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '[*]',
    '|',
    '>',
    '-',
    '- ',
    '&a',
    '*a',
    '!t ',
  ],
  ...[
    '${params.month}',
    '${',
    '\t',
    '\r\n',
    's1.out',
    'steps:',
    'in: ',
    'module: bench/step',
    '---',
    '...',
    '%',
    '\n\n\n',
    '\nx: 1',
    ': ',
    '? ',
    ',',
    '@latest',
    'é',
    '😀',
  ],
];

/** One edit as a person makes them: something typed in, taken out, or a line taken over. */
export function editText(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  switch (random(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random(12));
    case 1: {
      const start = text.lastIndexOf('\n', at) + 1;
      const end = text.indexOf('\n', at) + 1 || text.length;
      return random(2) === 0 ? text.slice(0, start) + text.slice(end) : text.slice(0, end) + text.slice(start, end) + text.slice(end);
    }
    case 2: {
      const start = text.lastIndexOf('\n', at) + 1;
      return text.slice(0, start) + ' '.repeat(random(4)) + text.slice(start);
    }
    default:
      return text.slice(0, at) + (PIECES[random(PIECES.length)] ?? '') + text.slice(at);
  }
}

/** How many edits are made on top of each other before the text is whole again: errors would pile up until nothing is read step by step. */
const IN_A_ROW = 6;

/** Edits a workflow again and again; the first text that is read otherwise as it is typed than as a whole. */
export function findDifference(file: string, edits: number, random: (below: number) => number): string | undefined {
  const reader = createWorkflowReader(file);
  const whole = makeWorkflowText(60);
  let text = whole;
  for (let edit = 0; edit < edits; edit += 1) {
    text = editText(edit % IN_A_ROW === 0 ? whole : text, random);
    if (toAnswers(reader.read(text)) !== toAnswers(parseWorkflow(file, text))) return `edit ${edit}: ${text}`;
  }
  return undefined;
}

/** Everything that a reader of a parsed file can ask; where there is no value nobody asks for places. Findings of one place are in no order of their own. */
function toAnswers({ value, diagnostics, name, source }: ParsedFile<Workflow>): string {
  const found = diagnostics.map((one) => JSON.stringify(one)).sort();
  if (value === undefined) return JSON.stringify({ name, found });
  const { steps } = value;
  const paths = [[], ['workflow'], ['steps'], ['params', 'month'], ['outputs', 'last'], ['outputs', 'last', '@step'], ['nothing']];
  const inSteps = steps.flatMap(({ id }) =>
    [['in', 'value'], ['in', 'value', '@port'], ['module', '@name'], ['params', 'kind', '@0'], ['foreach'], ['absent'], []].map((rest) => [
      'steps',
      id,
      ...rest,
    ]),
  );
  const places = [...paths, ...inSteps].map((path) => [source.has(path), source.keyRange(path), source.valueRange(path)]);
  return JSON.stringify({ value, name, found, places });
}
