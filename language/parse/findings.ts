import type { Diagnostic, DiagnosticCode, Fix, Range, Severity } from '../model/diagnostic.ts';
import { toNearestName } from '../model/nearNames.ts';
import { t } from '../model/words.ts';
import { PARSE_LIMITS } from './limits.ts';

/** What a finding says besides its code, place and sentence. */
export interface FindingOptions {
  /** `error` where nothing is said */
  readonly severity?: Severity;
  readonly fix?: Fix;
}

/** Collects the findings of one file. */
export interface Findings {
  readonly file: string;
  readonly list: readonly Diagnostic[];
  /** Nothing more is listed: whoever looks further only burns time. */
  readonly isFull: boolean;
  add(code: DiagnosticCode, range: Range, message: string, options?: FindingOptions): void;
}

export function createFindings(file: string): Findings {
  const list: Diagnostic[] = [];
  return {
    file,
    list,
    get isFull() {
      return list.length >= PARSE_LIMITS.diagnostics;
    },
    add(code, range, message, options = {}) {
      if (list.length >= PARSE_LIMITS.diagnostics) return;
      const base = { file, range, severity: options.severity ?? 'error', code, message } as const;
      list.push(options.fix === undefined ? base : { ...base, fix: options.fix });
    },
  };
}

/** The one-edit repair that most findings offer. */
export function toReplacement(file: string, range: Range, newText: string, title = t`Change to \`${newText}\``): Fix {
  return { title, edits: [{ file, range, newText }] };
}

/** The end of a sentence about an unknown name, and the repair, where a similar name is known. */
export function toSuggestion(
  place: { readonly file: string; readonly range: Range },
  text: string,
  known: Iterable<string>,
): { readonly hint: string; readonly options: FindingOptions } {
  const nearest = toNearestName(text, known);
  if (nearest === undefined) return { hint: '', options: {} };
  return { hint: t`: did you mean \`${nearest}\`?`, options: { fix: toReplacement(place.file, place.range, nearest) } };
}

/** `a`, `b` and 3 more */
export function toNameList(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map((name) => `\`${name}\``);
  const hidden = names.length - shown.length;
  if (hidden > 0) return t`${shown.join(', ')} and ${hidden} more`;
  return shown.join(', ');
}
