/** What can measure: a canvas, whose font is set. */
export interface Measuring {
  readonly font: string;
  measureText(text: string): { readonly width: number };
}

/** texts that are remembered, so that panning measures nothing */
const MOST_KNOWN = 20_000;
const known = new Map<string, string>();

/** As much of a text as fits, with an ellipsis where something is left out. */
export function fitText(canvas: Measuring, text: string, width: number): string {
  const key = `${canvas.font}\n${Math.round(width)}\n${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const fitted = cut(canvas, text, width);
  known.set(key, fitted);
  return fitted;
}

function cut(canvas: Measuring, text: string, width: number): string {
  if (canvas.measureText(text).width <= width) return text;
  const letters = Array.from(text);
  let [fits, tooLong] = [0, letters.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (canvas.measureText(`${letters.slice(0, middle).join('')}…`).width <= width) fits = middle;
    else tooLong = middle;
  }
  return `${letters.slice(0, fits).join('').trimEnd()}…`;
}
