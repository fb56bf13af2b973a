// The reference pages as texts, by file name: commands, operations (REST and WebSocket) and errors.
import { z } from 'zod';
import { ERRORS } from '../../rde-agent/protocol/errors.ts';
import { OPERATIONS } from '../../rde-agent/protocol/operations.ts';
import { ROUTES, toPathParams } from '../../rde-agent/protocol/routes.ts';
import { STATUS } from '../../rde-agent/server/httpStatus.ts';
import { describeProgram } from './program.mjs';

const generated = '<!-- Made by `npm run reference` from what the program declares: edit that instead. -->\n\n';

/** File name → Markdown. */
export function toReferencePages() {
  const pages = { 'commands.md': toCommands(), 'operations.md': toOperations(), 'errors.md': toErrors() };
  return Object.fromEntries(Object.entries(pages).map(([name, text]) => [name, `${generated}${text.trimEnd()}\n`]));
}

function toCommands() {
  const program = describeProgram();
  const global = `Options of every command:\n\n${toTable(['option', 'does'], program.options.map(toOption))}\n`;
  const parts = program.commands.flatMap((command) => listCommands(command, 'cairn')).map(toCommand);
  return `# Commands\n\n${program.description}\n\n${global}\n${parts.join('\n')}`;
}

/** Commands that can be carried out; a group of them stands for itself in their names. */
function listCommands(command, above) {
  const line = `${above} ${command.name}`;
  const below = command.commands.flatMap((child) => listCommands(child, line));
  return below.length > 0 ? below : [{ ...command, line }];
}

function toCommand({ line, usage, description, values, options, examples }) {
  const given = values.filter(({ description: text }) => text !== '').map(({ name, description: text }) => [`\`${name}\``, text]);
  return [
    `## ${line}\n`,
    `${toSentence(description)}\n`,
    `\`\`\`\n${line}${usage === '' ? '' : ` ${usage}`}\n\`\`\`\n`,
    given.length === 0 ? '' : `${toTable(['argument', 'is'], given)}\n`,
    options.length === 0 ? '' : `${toTable(['option', 'does'], options.map(toOption))}\n`,
    examples === '' ? '' : `\`\`\`sh\n${examples}\n\`\`\`\n`,
  ]
    .filter(Boolean)
    .join('\n');
}

function toOption({ flags, description, choices, initial }) {
  const more = [
    choices.length > 0 ? `one of ${choices.map((choice) => `\`${choice}\``).join(', ')}` : '',
    initial === '' ? '' : `default \`${initial}\``,
  ];
  return [`\`${flags}\``, [description, ...more.filter(Boolean)].join('; ')];
}

function toOperations() {
  const parts = Object.entries(OPERATIONS).map(([name, operation]) => toOperation(name, operation));
  return [
    '# Operations\n',
    'Each is a method of the WebSocket (JSON-RPC 2.0) and a route of HTTP ([how](../http.md)), and answers the same. `{name}` stands in the path; of a GET the others are',
    'in the query, of a POST in the JSON body. Those that change something take the header `Idempotency-Key`. The whole schemas are at `GET /openapi.json` of a running agent.\n',
    ...parts,
  ].join('\n');
}

function toOperation(name, { summary, params, action, mutates }) {
  const route = ROUTES[name];
  const inPath = new Set(toPathParams(route));
  const schema = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' });
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {})
    .filter(([param]) => !(mutates && param === 'key'))
    .map(([param, shape]) => [
      `\`${param}\``,
      toShape(shape),
      inPath.has(param) ? 'path' : required.has(param) ? 'required' : toInitial(shape),
    ]);
  const facts = [`\`${route.method} ${route.path}\``, `asks for \`${action}\``, ...(mutates ? ['takes an idempotency key'] : [])];
  return [
    `## ${name}\n`,
    `${toSentence(summary)}\n`,
    `${facts.join(' · ')}\n`,
    rows.length === 0 ? '' : `${toTable(['parameter', 'is', ''], rows)}\n`,
  ]
    .filter(Boolean)
    .join('\n');
}

function toShape(shape) {
  if (Array.isArray(shape.enum)) return shape.enum.map((value) => `\`${value}\``).join(', ');
  if (shape.type === 'array') return `list of ${toShape(shape.items ?? {})}`;
  if (shape.type === 'object') return 'object';
  if (shape.type === 'integer' || shape.type === 'number') return toNumber(shape);
  return shape.type ?? 'JSON';
}

function toNumber({ type, minimum, maximum }) {
  const isBounded = (bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const bounds = [isBounded(minimum) ? `from ${minimum}` : '', isBounded(maximum) ? `to ${maximum}` : ''].filter(Boolean).join(' ');
  return bounds === '' ? type : `${type} ${bounds}`;
}

function toInitial(shape) {
  return shape.default === undefined ? 'optional' : `default \`${JSON.stringify(shape.default)}\``;
}

function toErrors() {
  const rows = Object.entries(ERRORS).map(([code, { exit, next }]) => [`\`${code}\``, String(exit), String(STATUS[code]), next]);
  const text =
    'Every expected failure has a code that never changes its meaning. What failed is said in its message; where the place that failed knows no better one, this is the next step.';
  return `# Errors\n\n${text}\n\n${toTable(['code', 'exit code', 'HTTP', 'next step'], rows)}`;
}

function toTable(head, rows) {
  const isCode = (cell) => /^`[^`]*`$/.test(cell);
  const toCell = (cell) => (isCode(cell) ? cell : cell.replaceAll('\n', ' ').replaceAll('<', '&lt;')).replaceAll('|', '\\|');
  const toLine = (cells) => `| ${cells.map(toCell).join(' | ')} |`;
  return [toLine(head), toLine(head.map(() => '---')), ...rows.map(toLine)].join('\n');
}

function toSentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
