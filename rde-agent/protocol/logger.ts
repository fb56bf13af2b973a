/** Values beside a fixed message. Never tokens, data rows or query strings. */
export type LogFields = { readonly [name: string]: unknown };

/** Passed in, never imported as a global. error = someone must act; warn = degraded; info = lifecycle; debug = decisions; trace = wire (redacted). */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}
