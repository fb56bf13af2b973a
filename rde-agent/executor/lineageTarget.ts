import { CairnError } from '../protocol/errors.ts';

/** What lineage is asked about. `steps` is a path: nested steps, then the one that is meant. */
export type LineageTarget =
  | {
      readonly kind: 'output';
      readonly run: string;
      readonly steps: readonly string[];
      readonly port: string | undefined;
      readonly column: string | undefined;
    }
  | { readonly kind: 'dataset'; readonly dataset: string; readonly version: string | undefined };

const RUN = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):(.*)$/s;
/** A path of steps, whose elements may have any text between brackets; then the port; what is left is the column. */
const OUTPUT = /^((?:[^./[\]]+(?:\[[^\]]*\])?\/)*[^./[\]]+(?:\[[^\]]*\])?)(?:\.([^.]+)(?:\.(.+))?)?$/s;

const STEP = /[^./[\]]+(?:\[[^\]]*\])?/g;

/** `RUN:STEP.PORT[.COLUMN]` (the port may be left out where there is one) or `DATASET[@VERSION]`. Throws CairnError `invalid-request`. */
export function parseTarget(text: string): LineageTarget {
  const [, run, rest = ''] = RUN.exec(text) ?? [];
  if (run === undefined) return parseDataset(text);
  const [, step, port, column] = OUTPUT.exec(rest) ?? [];
  if (step === undefined) throw malformed(text);
  return { kind: 'output', run, steps: step.match(STEP) ?? [], port, column };
}

function parseDataset(text: string): LineageTarget {
  const at = text.indexOf('@');
  const dataset = at < 0 ? text : text.slice(0, at);
  const version = at < 0 ? undefined : text.slice(at + 1);
  if (!/^[^\s:@/]+(\/[^\s:@/]+)+$/.test(dataset) || version === '') throw malformed(text);
  return { kind: 'dataset', dataset, version };
}

function malformed(text: string): CairnError {
  return new CairnError('invalid-request', `${JSON.stringify(text.slice(0, 200))} is neither an output of a run nor a dataset`, {
    next: 'Write RUN:STEP.PORT, RUN:STEP.PORT.COLUMN, NAMESPACE/DATASET or NAMESPACE/DATASET@VERSION.',
  });
}
