import type { Tone } from '../graphModel.ts';

/** Colours as a canvas takes them, resolved from the theme. */
export interface Palette {
  readonly background: string;
  readonly card: string;
  readonly border: string;
  readonly text: string;
  readonly quiet: string;
  readonly edge: string;
  readonly mark: string;
  readonly group: string;
  readonly tones: { readonly [tone in Tone]: string };
  readonly font: string;
}

/** Where each colour comes from; `graph.css` uses the same for what is drawn by the page itself. */
const SOURCES = {
  background: '--vscode-editor-background',
  card: '--graph-card',
  border: '--graph-border',
  text: '--vscode-foreground',
  quiet: '--quiet',
  edge: '--graph-edge',
  mark: '--graph-mark',
  group: '--graph-group',
} as const;

const TONES: { readonly [tone in Tone]: string } = {
  idle: '--graph-border',
  ok: '--ok',
  reused: '--graph-reused',
  bad: '--bad',
  busy: '--busy',
  quiet: '--quiet',
  due: '--graph-due',
  maybe: '--graph-maybe',
};

/** Reads the theme as it is now: through an element, so that mixes, fallbacks and forced colours come out resolved. */
export function readPalette(inside: HTMLElement): Palette {
  const probe = inside.ownerDocument.createElement('span');
  probe.hidden = true;
  inside.append(probe);
  const resolve = (variable: string): string => {
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  const resolveAll = <K extends string>(table: { readonly [key in K]: string }): { readonly [key in K]: string } =>
    Object.fromEntries(Object.entries<string>(table).map(([key, variable]) => [key, resolve(variable)])) as { [key in K]: string };
  const { fontFamily } = getComputedStyle(inside);
  const palette = { ...resolveAll(SOURCES), tones: resolveAll(TONES), font: fontFamily };
  probe.remove();
  return palette;
}

/** Calls whenever the editor's theme may be another one; ends when the answer is called. */
export function watchTheme(document: Document, onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: ['class', 'style', 'data-vscode-theme-id', 'data-theme'] });
  }
  const queries = ['(forced-colors: active)', '(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener('change', onChange);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener('change', onChange);
  };
}

/** The character that an icon font draws for each name, read from its style sheet. */
export class Glyphs {
  readonly #inside: HTMLElement;
  readonly #known = new Map<string, string>();

  constructor(inside: HTMLElement) {
    this.#inside = inside;
  }

  of(icon: string): string {
    const known = this.#known.get(icon);
    if (known !== undefined) return known;
    const probe = this.#inside.ownerDocument.createElement('span');
    probe.className = `codicon codicon-${icon}`;
    probe.hidden = true;
    this.#inside.append(probe);
    const glyph = getComputedStyle(probe, '::before').content.replaceAll('"', '');
    probe.remove();
    this.#known.set(icon, glyph === 'none' || glyph === 'normal' ? '' : glyph);
    return this.of(icon);
  }
}
