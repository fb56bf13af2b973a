import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import { toDigest } from '../builder/digest.ts';
import { CairnError } from '../protocol/errors.ts';

/** What a lock follows from: texts of the file of requirements and of those that it names, and the oldest Python. */
export interface LockInputs {
  /** by name relative to the environment's folder; the first is the file itself */
  readonly files: ReadonlyMap<string, string>;
  readonly python: string;
}

/** of Python 3, that the runner supports */
const OLDEST_MINOR = 10;
const HEADER = /^# inputs: (sha256:[0-9a-f]{64})$/m;
const INCLUDE = /^(?:-r|-c|--requirement|--constraint)[=\s]*(\S+)/;

/** `python-ml.lock` → `python-ml.in`: the requirements are beside the lock. */
export function toInputsFile(lock: string): string {
  return `${lock.replace(/\.(?:lock|txt)$/, '')}.in`;
}

/** The oldest version that a specifier admits, as far as its lower bounds say: `>=3.11,<3.15` → `3.11`. */
export function toOldestPython(specifier: string | undefined): string {
  const minors = (specifier ?? '').split(',').flatMap((part) => {
    const minor = /^\s*(?:>=|===?|~=|>)?\s*3\.(\d+)/.exec(part)?.[1];
    return minor === undefined ? [] : [Number(minor)];
  });
  return `3.${String(Math.max(OLDEST_MINOR, ...minors))}`;
}

/** Files of requirements that a text names (`-r other.in`, `-c limits.txt`), as it writes them. */
export function listIncludes(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap((line) => INCLUDE.exec(line.trim())?.[1] ?? []);
}

function toInputsDigest({ files, python }: LockInputs): Digest {
  return toDigest(toCanonicalJson({ files: [...files], python }));
}

/** The lock as it is written: what made it and of what, then uv's text. Throws CairnError `environment-failed` for what must not be in it. */
export function toLockText(environment: string, inputs: LockInputs, solved: string): string {
  const [file = ''] = inputs.files.keys();
  refusePlaces(solved, file);
  const header = [
    `# Made by \`cairn environment lock ${environment}\` from ${file}: change that file, and lock again.`,
    `# inputs: ${toInputsDigest(inputs)}`,
  ];
  return `${header.join('\n')}\n${solved.replace(/^(?:#.*\n)+(?=\S)/, '')}`;
}

/** Hosts and paths are of one machine; a lock serves all. */
function refusePlaces(solved: string, file: string): void {
  const line = solved
    .split('\n')
    .find((text) => !text.trimStart().startsWith('#') && (text.includes('://') || / @ /.test(text) || /^(?:-e|\.{0,2}\/)/.test(text)));
  if (line === undefined) return;
  throw new CairnError(
    'environment-failed',
    `${file} asks for a package by its place, so the lock would not serve other machines: ${line.trim().slice(0, 120)}`,
    {
      next: 'Name the package and its version; say where packages come from in the settings of pip or uv.',
    },
  );
}

/** Whether a lock follows from other inputs than these. One that we did not write must at least name all that is asked for. */
export function isStale(lock: string, inputs: LockInputs): boolean {
  const written = HEADER.exec(lock)?.[1];
  if (written !== undefined) return written !== toInputsDigest(inputs);
  const locked = new Set([...lock.matchAll(/^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==/gm)].map(([, name = '']) => toName(name)));
  const [text = ''] = inputs.files.values();
  return listNames(text).some((name) => !locked.has(name));
}

function listNames(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(?:^|\s)#.*/, '').trim());
  return lines.flatMap((line) => /^[A-Za-z0-9][\w.-]*/.exec(line)?.[0] ?? []).map(toName);
}

function toName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
