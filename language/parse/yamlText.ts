import { Composer, Document, YAMLParseError, type CST, type YAMLError } from 'yaml';
import type { DiagnosticCode } from '../model/diagnostic.ts';
import { later, t, translate } from '../model/words.ts';
import { createFindings, toReplacement, type Findings } from './findings.ts';
import { PARSE_LIMITS } from './limits.ts';
import type { RawValue } from './rawValue.ts';
import { createSourceMap, type Place, type SourceMap, type Span } from './sourceMap.ts';
import { maskUnquoted, readTokens, type UnquotedText } from './tokens.ts';
import { findUnclosed } from './unclosed.ts';
import { walkYaml } from './walkYaml.ts';

export interface YamlReading {
  readonly text: string;
  /** `undefined`: nothing usable */
  readonly value: RawValue | undefined;
  /** Whether the text is YAML throughout. Otherwise `value` is only good for finding names. */
  readonly isSound: boolean;
  readonly findings: Findings;
  readonly source: SourceMap;
  /** The places behind `source`, so that parsers can add parts of values. */
  readonly places: Map<string, Place>;
}

/**
 * Reads one YAML 1.2 text (core schema) into plain data and the exact place of everything in it. Refuses tags, merge keys, several
 * documents, keys that are no texts, reserved and repeated keys, numbers without an exact value, and whatever is beyond PARSE_LIMITS.
 * Never throws on any text.
 */
export function readYaml(file: string, text: string): YamlReading {
  const places = new Map<string, Place>();
  const source = createSourceMap(file, text, places);
  const findings = createFindings(file);
  const refuse = (code: DiagnosticCode, span: Span, message: string): YamlReading => {
    findings.add(code, source.toRange(span), message);
    return { text, value: undefined, isSound: false, findings, source, places };
  };
  if (text.length > PARSE_LIMITS.characters) {
    return refuse(
      'limit-exceeded',
      { start: 0, end: 0 },
      t`This file has ${text.length} characters; at most ${PARSE_LIMITS.characters} are read.`,
    );
  }
  const forbidden = findForbidden(text);
  if (forbidden !== -1) {
    const cause = text[forbidden] === NO_CHARACTER ? t(' The file may not be UTF-8.') : '';
    return refuse('syntax', { start: forbidden, end: forbidden + 1 }, t`This character can’t stand in a YAML text.${cause}`);
  }
  const read = readTokens(text);
  if (read.kind === 'limit') return refuse('limit-exceeded', { start: read.at, end: read.at + 1 }, read.message);
  const document = toDocument(text, read.tokens, read.unquoted);
  reportUnquoted(read.unquoted, source, findings);
  reportDocument(document, { text, tokens: read.tokens, source, findings });
  const value = walkYaml({ root: document.contents, text, unquoted: read.unquoted, places, source, findings });
  return { text, value, isSound: document.errors.length === 0 && value !== undefined, findings, source, places };
}

/** What decoders put where the bytes are no UTF-8. */
const NO_CHARACTER = '\ufffd';

/** Offset of the first control character, half of a surrogate pair or trace of another encoding; -1 = none. */
function findForbidden(text: string): number {
  const isWellFormed = text.isWellFormed();
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 ? code !== 0x09 && code !== 0x0a && code !== 0x0d : code === 0x7f || code >= 0xfffd) return at;
    if (!isWellFormed && code >= 0xd800 && code <= 0xdfff) {
      if (!text.slice(at, at + 2).isWellFormed()) return at;
      at += 1;
    }
  }
  return -1;
}

/** The first document of the text; with unquoted texts the text is read again, with those masked. */
function toDocument(text: string, read: readonly CST.Token[], unquoted: readonly UnquotedText[]): Document {
  const masked = unquoted.length === 0 ? undefined : readTokens(maskUnquoted(text, unquoted));
  const tokens = masked?.kind === 'read' ? masked.tokens : read;
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [first, second] = composer.compose(tokens, true, text.length);
  const document: Document = first ?? new Document(null);
  if (second !== undefined) {
    const [start, end] = second.range;
    document.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'several documents'));
  }
  return document;
}

/** characters of a text that a sentence repeats */
const SHOWN = 100;

function reportUnquoted(unquoted: readonly UnquotedText[], source: SourceMap, findings: Findings): void {
  for (const found of unquoted) {
    const range = source.toRange(found);
    const quoted = JSON.stringify(found.text);
    const shown = quoted.length > SHOWN ? `${quoted.slice(0, SHOWN)}…` : quoted;
    if (found.kind === 'flow') {
      const message = t`Inside \`{ }\` and \`[ ]\` an expression with brackets or braces needs quotes: \`${shown}\`.`;
      findings.add('syntax', range, message, { fix: toReplacement(source.file, range, quoted, t('Put it in quotes')) });
    } else if (found.kind === 'tag') {
      const message = t`A value that begins with \`!\` is a tag in YAML, and its text would be lost. Put it in quotes: \`${shown}\`.`;
      findings.add('yaml-tag', range, message, { fix: toReplacement(source.file, range, quoted, t('Put it in quotes')) });
    } else {
      const message = t`The tag \`${found.text.slice(0, SHOWN)}\` is not part of this language.`;
      findings.add('yaml-tag', range, message, { fix: toReplacement(source.file, range, '', t('Remove the tag')) });
    }
  }
}

/** What the YAML library says, in words for somebody who does not know its grammar. */
function toPlainWords(code: string): string | undefined {
  const words = PLAIN_WORDS[code];
  return words === undefined ? undefined : translate(words);
}

const PLAIN_WORDS: { readonly [code: string]: string } = {
  BLOCK_AS_IMPLICIT_KEY: later('A map can’t begin on the line of its key. If this is a text with `: ` in it, put it in quotes.'),
  TAB_AS_INDENT: later('Tabs can’t indent in YAML. Use spaces.'),
  BAD_INDENT: later('The indentation does not fit to the lines above.'),
  BAD_SCALAR_START: later('A plain text can’t begin with this character. Put the text in quotes.'),
  MULTILINE_IMPLICIT_KEY: later('A key must stand on one line, followed by `:`.'),
  BLOCK_IN_FLOW: later('Inside `{ }` and `[ ]` a list or map can’t be written over indented lines.'),
};

interface DocumentReport {
  readonly text: string;
  readonly tokens: readonly CST.Token[];
  readonly source: SourceMap;
  readonly findings: Findings;
}

function reportDocument(document: Document, report: DocumentReport): void {
  // Everything after the first error is read from a wrong footing: what is said about it would mostly be noise.
  const [first] = document.errors;
  if (first !== undefined) reportYamlError(first, report);
  const version = document.directives?.yaml;
  if (version?.explicit === true && version.version !== '1.2') {
    report.findings.add('syntax', report.source.toRange({ start: 0, end: 0 }), t('Only YAML 1.2 is read. Remove the `%YAML` line.'));
  }
}

/** What the library says when a closing sign did not come; the place that it names is where it gave up. */
const UNCLOSED_CODES: ReadonlySet<string> = new Set(['BAD_INDENT', 'MISSING_CHAR']);

function reportYamlError(error: YAMLError, { text, tokens, source, findings }: DocumentReport): void {
  const unclosed = UNCLOSED_CODES.has(error.code) ? findUnclosed(tokens) : undefined;
  if (unclosed !== undefined) {
    findings.add('syntax', source.toRange(unclosed), t`This \`${unclosed.opening}\` is never closed: \`${unclosed.closing}\` is missing.`);
    return;
  }
  const [start, end] = error.pos;
  const range = source.toRange({ start: Math.min(start, text.length), end: Math.min(Math.max(end, start), text.length) });
  const code: DiagnosticCode =
    error.code === 'TAG_RESOLVE_FAILED' ? 'yaml-tag' : error.code === 'RESOURCE_EXHAUSTION' ? 'limit-exceeded' : 'syntax';
  const message =
    error.code === 'MULTIPLE_DOCS' ? t('A file holds one document: nothing may follow `---` or `...`.') : toPlainWords(error.code);
  findings.add(code, range, message ?? t`This is not YAML: ${error.message}.`);
}
