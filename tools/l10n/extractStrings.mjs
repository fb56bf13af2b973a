// Strings of the extension, its panels and the portal that people read: which are translated, and which are not.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../setup/paths.mjs';

/** Where texts stand that people of the editor and of the portal read. */
const sources = [
  'extension/*.ts',
  'extension/{ui,platform}/**/*.ts',
  '{webviews,rde-agent/portal}/**/*.{ts,tsx}',
  'language/{model,parse,python,service,server}/**/*.ts',
];

/** Calls whose texts are not for people, or are translated by whoever shows them. */
const silent =
  /(^|\.)(log\.\w+|Error|executeCommand|registerCommand|describe|literal|enum|regex|RegExp|createDiagnosticCollection|createLocalHost|from|replaceAll?|includes|startsWith|endsWith|join|split)$/;

/** Two words beside each other: what a person would read, where it is no markup. */
const sentence = /[\p{L}]{2,}[,.:…]? [\p{L}{]/u;

/** Names of programs and formats, and what is typed as it is. */
const names =
  /^(Python|Node) \{0?\}$|^flights: table\(|^\$\([^)]*\) Cairn|^(Cairn|Mermaid)$|^(true|false)$|^cairn \w+$|^schedule:$|^flowchart TD$|\{\} Cairn$/;

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

/** What forms of the language say of their values, which is translated where it is shown. */
const form = /\.(describe|regex|refine)$/;

/** Texts of the language that are no sentences: words of Python, types of columns, YAML, mistakes of ours. */
const languageNames =
  /^(False None|lambda nonlocal|bool int8|```text|in   \{|workflow: a\/a| {2}\{\}:|the newest Python found|(a )?\{\} has no canonical|several documents|is no column type|(string|array) or \w+$|The Python grammar|param \{\}$)/;

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
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 't') return takeTemplate(node, source, found);
  if (ts.isCallExpression(node) && found.file.startsWith('language/') && form.test(node.expression.getText()))
    return takeFormText(node, source, found);
  if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && silent.test(node.expression.getText())) return;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
  if (ts.isJsxAttribute(node) && !heard.test(node.name.getText()) && !isPart(node.initializer)) return;
  if (ts.isPropertyAssignment(node) && unseen.test(node.name.getText())) return;
  const text = toText(node);
  if (
    text !== undefined &&
    !(found.file.startsWith('language/') && languageNames.test(text)) &&
    !drawing.test(found.file) &&
    isShown(node, text) &&
    !names.test(text) &&
    !markup.test(text)
  )
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

/** `vscode.l10n.t(…)`, `t(…)` where it is handed in, or `later(…)` where it is shown later. */
function isTranslation({ expression }) {
  return ts.isIdentifier(expression) ? /^(t|later)$/.test(expression.text) : /\bl10n\.t$/.test(expression.getText());
}

function takeMessage(node, source, found) {
  const [first, ...rest] = node.arguments;
  const text = first && toText(first);
  if (text === undefined || ts.isTemplateExpression(first))
    found.untranslated.push(`${toPlace(node, source, found)} a text that is made at run time`);
  else found.messages.add(text);
  for (const argument of rest) visit(argument, source, found);
}

/** t`No step uses ${name}.` → `No step uses {0}.` */
function takeTemplate({ template }, source, found) {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return void found.messages.add(template.text);
  const parts = template.templateSpans.map((span, index) => `{${index}}${span.literal.text}`);
  found.messages.add(template.head.text + parts.join(''));
  for (const span of template.templateSpans) visit(span.expression, source, found);
}

/** The last argument, where it is a text; what comes before it is a pattern, or another form. */
function takeFormText(node, source, found) {
  visit(node.expression, source, found);
  for (const argument of node.arguments) {
    const text = ts.isStringLiteral(argument) ? argument.text : undefined;
    if (text === undefined) visit(argument, source, found);
    else found.messages.add(text);
  }
}

function toText(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('{}');
  return ts.isJsxText(node) ? node.text.trim() : undefined;
}

function toPlace(node, source, { file }) {
  return `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
