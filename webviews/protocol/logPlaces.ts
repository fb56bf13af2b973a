/** A place in code that a line of a log names. */
export interface LogPlace {
  /** where it stands in the line */
  readonly start: number;
  readonly end: number;
  /** as the line has it: absolute or not, of this machine or not */
  readonly file: string;
  /** from 1 */
  readonly line: number;
}

/** longest text that is looked through: what stands far out in a line is no traceback */
const LONGEST = 2_000;
const PYTHON = /File "([^"\n]{1,500})", line (\d{1,7})/;
const PLAIN = /((?:[\w.@~-]*[/\\])*[\w.-]{1,200}\.(?:py|ts|tsx|js|mjs|yaml|yml|json|sql)):(\d{1,7})(?::\d{1,7})?\b/;

/** The first place that a line names: `File "main.py", line 2` or `modules/clean/main.py:12`. */
export function findLogPlace(text: string): LogPlace | undefined {
  const found = PYTHON.exec(text.slice(0, LONGEST)) ?? PLAIN.exec(text.slice(0, LONGEST));
  const [whole, file, line] = found ?? [];
  if (found === null || whole === undefined || file === undefined || line === undefined) return undefined;
  return { start: found.index, end: found.index + whole.length, file, line: Number(line) };
}
