import { later, translate } from './words.ts';

const KIND_WORDS: { readonly [kind: string]: string } = {
  module: later('module'),
  library: later('library'),
  dataset: later('dataset'),
  environment: later('environment'),
  workflow: later('workflow'),
  step: later('step'),
  port: later('port'),
  param: later('param'),
  column: later('column'),
};

/** What people call a kind of thing that files define or name. */
export function toKindWord(kind: string): string {
  return translate(KIND_WORDS[kind] ?? kind);
}
