import { DiagnosticSeverity, type Diagnostic as LspDiagnostic, type PublishDiagnosticsParams } from 'vscode-languageserver';
import type { Diagnostic } from '../model/diagnostic.ts';
import { toLspRange } from './positions.ts';

const SEVERITIES = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, info: DiagnosticSeverity.Information } as const;

/** What of the editor the publisher needs. */
export interface PublisherHost {
  send(params: PublishDiagnosticsParams): void;
  toUri(path: string): string;
  /** version of an open document; `undefined` = not open */
  versionOf(path: string): number | undefined;
}

/** Tells the editor what a check found: only files whose findings changed since it was last told, and every document that was typed in. */
export class DiagnosticsPublisher {
  readonly #host: PublisherHost;
  /** file → its findings as last told */
  #told = new Map<string, readonly Diagnostic[]>();

  constructor(host: PublisherHost) {
    this.#host = host;
  }

  /** `typed`: documents that changed since; they are told again even if nothing is found anew, since places moved with the text. */
  publish(diagnostics: readonly Diagnostic[], typed: ReadonlySet<string>): void {
    const byFile = new Map<string, Diagnostic[]>();
    for (const diagnostic of diagnostics) {
      const others = byFile.get(diagnostic.file);
      if (others === undefined) byFile.set(diagnostic.file, [diagnostic]);
      else others.push(diagnostic);
    }
    for (const file of new Set([...this.#told.keys(), ...byFile.keys(), ...typed])) {
      const found = byFile.get(file) ?? [];
      if (typed.has(file) || !isSame(found, this.#told.get(file) ?? [])) this.#send(file, found);
    }
    this.#told = byFile;
  }

  /** Takes everything back: the workspace is gone. */
  clear(): void {
    for (const file of this.#told.keys()) this.#send(file, []);
    this.#told.clear();
  }

  #send(file: string, found: readonly Diagnostic[]): void {
    const version = this.#host.versionOf(file);
    const diagnostics = found.map(toLspDiagnostic);
    this.#host.send({ uri: this.#host.toUri(file), diagnostics, ...(version === undefined ? {} : { version }) });
  }
}

/** The check keeps the findings of files that it did not look at again, so most are the very same objects. */
function isSame(one: readonly Diagnostic[], other: readonly Diagnostic[]): boolean {
  return one.length === other.length && one.every((diagnostic, index) => isEqual(diagnostic, other[index]));
}

function isEqual(one: Diagnostic, other: Diagnostic | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

export function toLspDiagnostic(diagnostic: Diagnostic): LspDiagnostic {
  const { range, severity, code, message, fix } = diagnostic;
  const base: LspDiagnostic = { range: toLspRange(range), severity: SEVERITIES[severity], source: 'cairn', code, message };
  return fix === undefined ? base : { ...base, data: { fix } };
}
