/** Lines from 1 that can be folded: `start` stays visible. */
export interface Fold {
  readonly start: number;
  readonly end: number;
  readonly kind: 'region' | 'comment';
}

/** What stands further in below a line folds into it; comments of several lines fold into their first. Works on any text. */
export function toFolds(text: string): readonly Fold[] {
  const lines = text.split('\n');
  return [...toBlocks(lines), ...toComments(lines)].toSorted((one, other) => one.start - other.start);
}

function toBlocks(lines: readonly string[]): readonly Fold[] {
  const folds: Fold[] = [];
  const open: { readonly indent: number; readonly line: number }[] = [];
  let last = 0;
  const close = (indent: number): void => {
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      open.pop();
      if (last > top.line) folds.push({ start: top.line, end: last, kind: 'region' });
    }
  };
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const indent = line.length - line.trimStart().length;
    close(indent);
    open.push({ indent, line: index + 1 });
    last = index + 1;
  }
  close(0);
  return folds;
}

function toComments(lines: readonly string[]): readonly Fold[] {
  const folds: Fold[] = [];
  let start = 0;
  for (const [index, line] of [...lines, ''].entries()) {
    const isComment = /^\s*#/.test(line);
    if (isComment && start === 0) start = index + 1;
    if (isComment || start === 0) continue;
    if (index > start) folds.push({ start, end: index, kind: 'comment' });
    start = 0;
  }
  return folds;
}
