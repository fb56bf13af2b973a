// Strings of the extension, its panels and the portal that people read: which are translated, and which are not.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../setup/paths.mjs';

/** Where texts stand that people of the editor and of the portal read. */
const sources = ['extension/*.ts', 'extension/{ui,platform}/**/*.ts', '{webviews,rde-agent/portal}/**/*.{ts,tsx}'];

/** Calls whose texts are not for people, or are translated by whoever shows them. */
const silent =
  /(^|\.)(log\.\w+|Error|executeCommand|registerCommand|describe|literal|enum|regex|RegExp|createDiagnosticCollection|createLocalHost|from|replaceAll?|includes|startsWith|endsWith|join|split)$/;

/** Two words beside each other: what a person would read, where it is no markup. */
const sentence = /[\p{L}]{2,}[,.:…]? [\p{L}{]/u;

/** Names of programs and formats, and what is typed as it is. */
const names =
  /^(Python|Node) \{\}$|^flights: table\(|^\$\([^)]*\) Cairn|^(Cairn|Mermaid)$|^(true|false)$|^cairn \w+$|^schedule:$|^flowchart TD$|\{\} Cairn$/;

/** Attributes of elements that are read or heard; what stands in any other is for the browser. */
const heard = /^(label|title|aria-label|placeholder|alt|empty|action|about|text)$/;
/** How a code looks, which is the same in every language. */
const pattern = /^[X-]+$/;

/** Properties that are for the browser. */
const unseen = /^(className|key)$/;

/** What only draws: it is handed its texts. */
const drawing = /^webviews\/graph\/drawing\//;

/** Names of keys. */
const keys = /^(Enter|Escape|Esc|Space|Home|End|Alt\+Enter|Arrow\w+|Page\w+)$/;

/** Markup of the pictures and pages that are made as text. */
const markup = /^\s*<|^[^\w]*\w+="|subgraph/;

/** All of them: `messages` = what `t(…)` is called with; `untranslated` = literals that read like sentences and are in no such call. */
export function extractStrings(files = globSync(sources, { cwd: root }).sort()) {
  const messages = new Set();
  const untranslated = [];
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    visit(source, source, { messages, untranslated, file });
  }
  return { messages: [...messages].sort(), untranslated };
}

function visit(node, source, found) {
  if (ts.isCallExpression(node) && isTranslation(node)) return takeMessage(node, source, found);
  if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && silent.test(node.expression.getText())) return;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
  if (ts.isJsxAttribute(node) && !heard.test(node.name.getText()) && !isPart(node.initializer)) return;
  if (ts.isPropertyAssignment(node) && unseen.test(node.name.getText())) return;
  const text = toText(node);
  if (text !== undefined && !drawing.test(found.file) && isShown(node, text) && !names.test(text) && !markup.test(text))
    found.untranslated.push(`${toPlace(node, source, found)} ${text}`);
  ts.forEachChild(node, (child) => visit(child, source, found));
}

/** What an attribute holds that may have texts inside: elements, lists and functions that make them, but no plain value or style. */
function isPart(initializer) {
  const expression = initializer && ts.isJsxExpression(initializer) ? initializer.expression : undefined;
  return expression !== undefined && !ts.isTemplateExpression(expression) && !ts.isConditionalExpression(expression);
}

/** Between tags and in attributes that are heard every word is read; elsewhere what reads like a sentence. */
function isShown(node, text) {
  if (ts.isJsxText(node)) return /\p{L}{2,}/u.test(text);
  if (ts.isJsxAttribute(node.parent)) return heard.test(node.parent.name.getText()) && /\p{L}{2,}/u.test(text) && !pattern.test(text);
  return sentence.test(text) || (node.getSourceFile().fileName.endsWith('.tsx') && /^\p{Lu}\p{Ll}+[:.…]?$/u.test(text) && !keys.test(text));
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
  return ts.isJsxText(node) ? node.text.trim() : undefined;
}

function toPlace(node, source, { file }) {
  return `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
