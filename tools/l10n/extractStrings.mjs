// Strings of the extension that people read: which are translated, and which are not.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../setup/paths.mjs';

/** Where texts stand that the editor's people read. */
const sources = ['extension/*.ts', 'extension/{ui,platform}/**/*.ts', 'webviews/**/*.{ts,tsx}'];

/** Where every one of them is translated: literals that read like sentences are findings there. */
const whole = /^extension\//;

/** Calls whose texts are not for people, or are translated by whoever shows them. */
const silent =
  /(^|\.)(log\.\w+|Error|executeCommand|registerCommand|describe|literal|enum|regex|RegExp|createDiagnosticCollection|from|replaceAll?|includes|startsWith|endsWith|join|split)$/;

/** Two words beside each other: what a person would read, where it is no markup. */
const sentence = /[\p{L}]{2,}[,.:…]? [\p{L}{]/u;

/** Names of programs, and what is typed as it is. */
const names = /^(Python|Node) \{\}$|^flights: table\(|^\$\([^)]*\) Cairn/;

/** All of them: `messages` = what `t(…)` is called with; `untranslated` = literals that read like sentences and are in no such call. */
export function extractStrings(files = globSync(sources, { cwd: root }).sort()) {
  const messages = new Set();
  const untranslated = [];
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    visit(source, source, { messages, untranslated, file });
  }
  return { messages: [...messages].sort(), untranslated: untranslated.filter((finding) => whole.test(finding)) };
}

function visit(node, source, found) {
  if (ts.isCallExpression(node) && isTranslation(node)) return takeMessage(node, source, found);
  if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && silent.test(node.expression.getText())) return;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
  const text = toText(node);
  if (text !== undefined && sentence.test(text) && !names.test(text) && !text.startsWith('<!doctype'))
    found.untranslated.push(`${toPlace(node, source, found)} ${text}`);
  ts.forEachChild(node, (child) => visit(child, source, found));
}

/** `vscode.l10n.t(…)`, or `t(…)` where it is handed in. */
function isTranslation({ expression }) {
  return ts.isIdentifier(expression) ? expression.text === 't' : /\bl10n\.t$/.test(expression.getText());
}

function takeMessage(node, source, found) {
  const [first, ...rest] = node.arguments;
  const text = first && toText(first);
  if (text === undefined || ts.isTemplateExpression(first))
    found.untranslated.push(`${toPlace(node, source, found)} a text that is made at run time`);
  else found.messages.add(text);
  for (const argument of rest) visit(argument, source, found);
}

function toText(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('{}');
  return undefined;
}

function toPlace(node, source, { file }) {
  return `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
