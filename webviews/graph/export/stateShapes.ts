/** Icons as lines in a square of 16 by 16, for pictures that carry no icon font. */
const RING = 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0 -13';

const SHAPES: { readonly [icon: string]: string } = {
  pass: `${RING}M5 8.2l2.2 2.2l4 -4.6`,
  error: `${RING}M5.5 5.5l5 5M10.5 5.5l-5 5`,
  sync: 'M13.5 8a5.5 5.5 0 0 1 -10 3M2.5 8a5.5 5.5 0 0 1 10 -3M12.5 2v3h-3M3.5 14v-3h3',
  'circle-large-outline': RING,
  'circle-slash': `${RING}M3.5 12.5l9 -9`,
  'debug-step-over': 'M2 9a6 6 0 0 1 11 -2M13 3v4h-4M8 12.5a1 1 0 1 0 0 .1',
  history: `${RING}M8 4.5v3.7l2.6 1.6`,
  play: 'M5 3l7.5 5l-7.5 5z',
  question: `${RING}M6.2 6.3a1.8 1.8 0 1 1 2.6 1.7c-.6 .3 -.8 .6 -.8 1.3M8 11.2v.3`,
  database: 'M3 4a5 2 0 0 0 10 0a5 2 0 0 0 -10 0v8a5 2 0 0 0 10 0v-8',
  'type-hierarchy': 'M6 2h4v4h-4zM2 10h4v4h-4zM10 10h4v4h-4zM8 6v2M4 10v-2h8v2',
  'symbol-method': 'M8 1.5l6 3v7l-6 3l-6 -3v-7zM2 4.5l6 3l6 -3M8 7.5v7',
};

export function toShape(icon: string): string {
  return SHAPES[icon] ?? RING;
}
