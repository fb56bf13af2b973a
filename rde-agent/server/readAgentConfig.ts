import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { toNearestName } from '../../language/model/nearNames.ts';
import { isReservedKey } from '../../language/model/names.ts';
import { AgentConfig } from '../protocol/agentConfig.ts';
import { CairnError } from '../protocol/errors.ts';

const CONFIG_FILE = 'agent.yaml';
/** bytes */
const LARGEST_CONFIG = 1_048_576;

/** `agent.yaml` of a state folder; without the file, all defaults. Throws `config-invalid`, which names the line of what is wrong. */
export function readAgentConfig(stateFolder: string): AgentConfig {
  const path = join(stateFolder, CONFIG_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return AgentConfig.parse({});
    throw new CairnError('config-invalid', `${path} cannot be read.`, {
      cause: thrown,
      next: 'Make it readable for the agent, or remove it.',
    });
  }
  return parseAgentConfig(text, path);
}

/** The text of an `agent.yaml`. `path` is what errors call it. */
export function parseAgentConfig(text: string, path: string): AgentConfig {
  if (text.length > LARGEST_CONFIG) throw new CairnError('config-invalid', `${path} is larger than ${String(LARGEST_CONFIG)} bytes.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw toInvalid(path, lines.linePos(problem.pos[0]).line, problem.message.split('\n', 1)[0] ?? '');
  const value = toValue(document, path);
  refuseReservedKeys(document, path, lines);
  const checked = AgentConfig.safeParse(value ?? {}, { reportInput: true });
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw toInvalid(path, findLine(document, issue, lines), toMessage(issue));
}

/** Aliases are bounded, as everywhere. */
function toValue(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    throw toInvalid(path, 1, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** They would vanish on the way into an object instead of being refused as unknown. */
function refuseReservedKeys(document: Document.Parsed, path: string, lines: LineCounter): void {
  const visit = (node: unknown): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (isScalar(key) && isReservedKey(String(key.value)))
        throw toInvalid(path, toLine(key.range, lines), `"${String(key.value)}" is not a name that can be used.`);
      visit(value);
    }
  };
  visit(document.contents);
}

function toMessage(issue: z.core.$ZodIssue | undefined): string {
  const inner = toInnermost(issue);
  const at = (inner?.path ?? []).map(String).join('.');
  if (inner?.issue.code !== 'unrecognized_keys') return `${at === '' ? 'it' : `"${at}"`}: ${inner?.issue.message ?? 'not valid'}`;
  const [unknown = ''] = inner.issue.keys;
  const near = toNearestName(unknown, toKnownKeys(at));
  return `"${at === '' ? unknown : `${at}.${unknown}`}" is not known here.${near === undefined ? '' : ` Is "${near}" meant?`}`;
}

interface Innermost {
  readonly issue: z.core.$ZodIssue;
  readonly path: readonly PropertyKey[];
}

/** Of a choice between forms, what is wrong with the one that fits best: the one whose key is there. */
function toInnermost(issue: z.core.$ZodIssue | undefined): Innermost | undefined {
  if (issue === undefined) return undefined;
  if (issue.code !== 'invalid_union') return { issue, path: issue.path };
  const candidates = issue.errors.map((errors) => errors[0]).filter((first) => first !== undefined);
  const best = candidates.find((first) => first.path.length > 0 && !isMissing(first)) ?? candidates.find((first) => !isMissing(first));
  if (best === undefined) return { issue, path: issue.path };
  return { issue: best, path: [...issue.path, ...best.path] };
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'unrecognized_keys' || (issue.code === 'invalid_type' && issue.input === undefined);
}

const SECTIONS: { readonly [name: string]: readonly string[] } = {
  '': Object.keys(AgentConfig.shape),
  clusters: ['runtime', 'workers'],
  secrets: ['env', 'file', 'command'],
  egress: ['allow', 'only'],
  webhooks: ['secret'],
  openLineage: ['file', 'namespace'],
  audit: ['share', 'excused', 'longest'],
  retention: ['days', 'bytes', 'every'],
  failures: ['keep'],
  promotion: ['branch', 'remote', 'selfReview'],
  preview: ['mask', 'made'],
};

function toKnownKeys(at: string): readonly string[] {
  return SECTIONS[at.split('.', 1)[0] ?? ''] ?? [];
}

/** The line of the deepest part of an issue's path that is written in the file; of an unknown key, the key's. */
function findLine(document: Document.Parsed, issue: z.core.$ZodIssue | undefined, lines: LineCounter): number {
  const inner = toInnermost(issue);
  const path = inner?.issue.code === 'unrecognized_keys' ? [...inner.path, inner.issue.keys[0] ?? ''] : [...(inner?.path ?? [])];
  for (let length = path.length; length > 0; length -= 1) {
    const key = findKey(document, path.slice(0, length));
    if (key !== undefined) return toLine(key, lines);
  }
  return 1;
}

/** Where the last name of a path is written. */
function findKey(document: Document.Parsed, path: readonly PropertyKey[]): readonly number[] | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const key = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last))?.key;
    return isNode(key) ? (key.range ?? undefined) : undefined;
  }
  const node: unknown = document.getIn(path, true);
  return isNode(node) ? (node.range ?? undefined) : undefined;
}

function toLine(range: readonly number[] | null | undefined, lines: LineCounter): number {
  return lines.linePos(range?.[0] ?? 0).line;
}

function toInvalid(path: string, line: number, message: string): CairnError {
  return new CairnError('config-invalid', `${path}, line ${String(line)}: ${message}`);
}
