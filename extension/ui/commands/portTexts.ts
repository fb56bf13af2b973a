/** Ports written in one line, `a: table(x: int64, y: string), b`, one text each: commas inside parentheses do not divide. */
export function splitPorts(text: string): string[] {
  const ports: string[] = [];
  let depth = 0;
  let from = 0;
  const take = (to: number): void => {
    const port = text.slice(from, to).trim();
    if (port !== '') ports.push(port);
    from = to + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (character === ',' && depth === 0) take(at);
  }
  take(text.length);
  return ports;
}
