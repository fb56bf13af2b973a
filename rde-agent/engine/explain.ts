import { toCanonicalJson } from '../../language/model/json.ts';
import { toLibraryImport } from '../../language/model/library.ts';
import type { InputPart, KeyParts } from '../protocol/keyParts.ts';
import { toWorkspacePath, type ArtifactManifest, type PinnedLibrary } from '../protocol/pinned.ts';
import type { Reason } from '../protocol/reason.ts';
import type { TraceVerdict } from '../protocol/trace.ts';
import { UNKNOWN_DIGEST } from './keys.ts';
import type { TaskSource } from './taskNode.ts';

/** What may be known beside the parts, to name the smallest change. */
export interface ExplainContext {
  /** where the inputs of `after` come from */
  readonly sources: { readonly [port: string]: TaskSource };
  /** files of an artifact, where they are known */
  readonly filesOf: (artifact: string) => ArtifactManifest | undefined;
  /** of the code in the workspace, see PinnedStep */
  readonly folder: string | undefined;
  /** where the libraries of `after` are in the workspace */
  readonly libraries?: readonly PinnedLibrary[];
  /** What the trace of `before` says: reasons of code, packages and variables are then its own. Absent = there is none, so whole files are named. */
  readonly verdict?: Exclude<TraceVerdict, { readonly kind: 'unknown' }>;
  /** What of a bundle has changed, with files as the bundle knows them; absent = it is not known, so whole files are named. */
  readonly changes?: readonly Reason[];
}

type Libraries = NonNullable<KeyParts['module']['libraries']>;

/** files named before the rest is only counted */
const FILES_NAMED = 5;

/**
 * Every difference between the parts of two keys, most telling first; empty = the keys are equal. One function for
 * explaining what happened and for predicting what will: an input that is not known yet (`UNKNOWN_DIGEST`) is no difference.
 */
export function explain(before: KeyParts, after: KeyParts, context: ExplainContext): readonly Reason[] {
  const traced = context.verdict === undefined ? undefined : toTraced(context.verdict, context);
  return [
    ...(traced?.code ?? context.changes?.map((reason) => toPlaced(reason, context)) ?? explainCode(before, after, context)),
    ...(traced === undefined ? explainLibraries(before.module.libraries ?? {}, after.module.libraries ?? {}) : []),
    ...explainSource(before.source, after.source),
    ...explainParams(before.params, after.params),
    ...explainInputs(before.inputs, after.inputs, context),
    ...explainContract(before.module, after.module),
    ...(traced?.packages ?? explainPackages(before.environment, after.environment)),
    ...explainInterpreter(before.environment, after.environment),
    ...(traced?.variables ?? explainVariables(before.environment, after.environment)),
    ...explainRest(before, after),
  ];
}

type Traced = { readonly [part in 'code' | 'packages' | 'variables']: readonly Reason[] };

/** What a verdict says, each at its place among the other reasons; files are as the workspace knows them. */
function toTraced(verdict: NonNullable<ExplainContext['verdict']>, context: ExplainContext): Traced {
  const reasons = verdict.kind === 'same' ? [] : verdict.reasons.map((reason) => toPlaced(reason, context));
  return {
    code: reasons.filter(({ kind }) => kind !== 'package' && kind !== 'variable'),
    packages: reasons.filter(({ kind }) => kind === 'package'),
    variables: reasons.filter(({ kind }) => kind === 'variable'),
  };
}

function toPlaced(reason: Reason, { folder, libraries = [] }: ExplainContext): Reason {
  const { file } = reason;
  if (file === undefined) return reason;
  const library = libraries.find(({ name }) => file.startsWith(`${toLibraryImport(name)}/`));
  if (library === undefined) return { ...reason, file: toWorkspacePath(folder, file) };
  // Of others: it is in no folder here, so it goes by the name that code imports it by.
  if (library.folder === '') return reason;
  return { ...reason, file: toWorkspacePath(library.folder, file.slice(toLibraryImport(library.name).length + 1)) };
}

function explainCode(before: KeyParts, after: KeyParts, { filesOf, folder }: ExplainContext): readonly Reason[] {
  if (before.module.code === after.module.code) return [];
  const digests = { before: before.module.code, after: after.module.code };
  const [old, now] = [filesOf(before.module.code), filesOf(after.module.code)];
  const changes = old === undefined || now === undefined ? [] : toFileChanges(old, now);
  if (changes.length === 0) return [{ kind: 'code', ...digests, message: `the code of ${after.module.name} changed` }];
  const named = changes.slice(0, FILES_NAMED).map(({ file, change }): Reason => ({
    kind: 'code',
    file: toWorkspacePath(folder, file),
    ...digests,
    message: `${file} was ${change}`,
  }));
  const rest = changes.length - named.length;
  return rest === 0 ? named : [...named, { kind: 'code', ...digests, message: `${rest} more files of ${after.module.name} changed` }];
}

function toFileChanges(before: ArtifactManifest, after: ArtifactManifest): readonly { readonly file: string; readonly change: string }[] {
  const old = new Map(before.files.map((file) => [file.path, `${file.digest} ${file.mode}`]));
  const now = new Map(after.files.map((file) => [file.path, `${file.digest} ${file.mode}`]));
  const changed = [...now].flatMap(([file, content]) => {
    if (old.get(file) === content) return [];
    return [{ file, change: old.has(file) ? 'edited' : 'added' }];
  });
  const removed = [...old.keys()].filter((file) => !now.has(file)).map((file) => ({ file, change: 'removed' }));
  return [...changed, ...removed];
}

function explainLibraries(before: Libraries, after: Libraries): readonly Reason[] {
  return changedNames(before, after).map((name) => toChange('library', name, before[name], after[name], `library ${name}`));
}

function explainSource(before: KeyParts['source'], after: KeyParts['source']): readonly Reason[] {
  if (before === undefined || after === undefined) {
    return before === after ? [] : [toChange('contract', 'source', before?.kind, after?.kind, 'the kind of source')];
  }
  const reasons: Reason[] = [];
  if (before.kind !== after.kind || before.request !== after.request || before.format !== after.format)
    reasons.push({
      kind: 'contract',
      name: 'source',
      before: before.request,
      after: after.request,
      message: 'the source is asked for something else',
    });
  if (before.version !== after.version)
    reasons.push(toChange('input', 'source', before.version, after.version, 'the version of the source'));
  return reasons;
}

function explainParams(before: KeyParts['params'], after: KeyParts['params']): readonly Reason[] {
  return changedNames(before, after).map((name): Reason => {
    const [old, now] = [before[name], after[name]];
    const showType = old !== undefined && now !== undefined && old.type !== now.type;
    const toText = (param: typeof old): string | undefined =>
      param === undefined ? undefined : `${toCanonicalJson(param.value)}${showType ? ` (${param.type})` : ''}`;
    return toChange('param', name, toText(old), toText(now), `parameter ${name}`);
  });
}

function explainInputs(before: KeyParts['inputs'], after: KeyParts['inputs'], { sources }: ExplainContext): readonly Reason[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((port) => explainInput(port, before[port], after[port], sources[port]));
}

function explainInput(
  port: string,
  before: InputPart | undefined,
  after: InputPart | undefined,
  source: TaskSource | undefined,
): readonly Reason[] {
  if (before === undefined || after === undefined) {
    return [{ kind: 'input', name: port, message: `input ${port} ${before === undefined ? 'is new' : 'is gone'}` }];
  }
  if (after.kind === 'value' && after.digest === UNKNOWN_DIGEST && before.kind === 'list') return [];
  if (before.kind === 'list' && after.kind === 'list') return explainList(port, before.items, after.items, source);
  if (before.kind !== 'value' || after.kind !== 'value')
    return [{ kind: 'input', name: port, message: `input ${port} is now a ${after.kind}` }];
  return explainValue(port, before, after, source);
}

type ValuePart = Extract<InputPart, { readonly kind: 'value' }>;

function explainValue(port: string, before: ValuePart, after: ValuePart, source: TaskSource | undefined): readonly Reason[] {
  const [old, now] = [toCanonicalJson(before.columns), toCanonicalJson(after.columns)];
  if (old !== now) return [{ kind: 'columns', name: port, before: old, after: now, message: `other columns of input ${port} are read` }];
  if (before.digest === after.digest || after.digest === UNKNOWN_DIGEST) return [];
  const upstream = source?.kind === 'value' ? source.task : undefined;
  return [
    {
      kind: 'input',
      name: port,
      before: before.digest,
      after: after.digest,
      ...(upstream === undefined ? {} : { upstream }),
      message: upstream === undefined ? `input ${port} has other content` : `${upstream} gave other content for input ${port}`,
    },
  ];
}

function explainList(
  port: string,
  before: readonly InputPart[],
  after: readonly InputPart[],
  source: TaskSource | undefined,
): readonly Reason[] {
  if (before.length !== after.length) {
    return [
      {
        kind: 'input',
        name: port,
        before: String(before.length),
        after: String(after.length),
        message: `input ${port} has ${after.length} items, not ${before.length}`,
      },
    ];
  }
  const items = source?.kind === 'list' ? source.items : [];
  const reasons = after.flatMap((item, index) => explainInput(port, before[index], item, items[index]));
  // Other columns are the same news for every item.
  return reasons.filter((reason, index) => reason.kind !== 'columns' || reasons.findIndex((other) => other.kind === 'columns') === index);
}

function explainContract(before: KeyParts['module'], after: KeyParts['module']): readonly Reason[] {
  const reasons: Reason[] = [];
  if (before.name !== after.name || before.kind !== after.kind)
    reasons.push(toChange('contract', 'module', before.name, after.name, 'the module'));
  if (before.entry !== after.entry) reasons.push(toChange('contract', 'entry', before.entry, after.entry, 'the entry'));
  if (before.interface !== after.interface) {
    reasons.push({
      kind: 'contract',
      before: before.interface,
      after: after.interface,
      message: `the contract of ${after.name} changed (ports, columns or parameters)`,
    });
  }
  return reasons;
}

type Environment = KeyParts['environment'];

function explainPackages(before: Environment, after: Environment): readonly Reason[] {
  return changedNames(before.packages, after.packages).map((name) => {
    const [old, now] = toVersions(before.packages[name], after.packages[name]);
    return toChange('package', name, old, now, `package ${name}`);
  });
}

function explainVariables(before: Environment, after: Environment): readonly Reason[] {
  return changedNames(before.variables, after.variables).map((name) =>
    toChange('variable', name, before.variables[name], after.variables[name], `variable ${name}`),
  );
}

function explainInterpreter(before: Environment, after: Environment): readonly Reason[] {
  const reasons: Reason[] = [];
  if (before.node !== after.node) reasons.push(toChange('package', 'node', before.node, after.node, 'Node'));
  if (before.python !== after.python) reasons.push(toChange('python', undefined, before.python, after.python, 'Python'));
  if (before.platform !== after.platform) reasons.push(toChange('platform', undefined, before.platform, after.platform, 'the platform'));
  if (before.image !== after.image)
    reasons.push(toChange('image', undefined, before.image ?? undefined, after.image ?? undefined, 'the image'));
  return reasons;
}

/** `2.2.0+sha256:…` is shown as its version, unless only the hashes differ. */
function toVersions(before: string | undefined, after: string | undefined): readonly [string | undefined, string | undefined] {
  const version = (text: string | undefined): string | undefined => text?.split('+sha256:', 1)[0];
  return version(before) === version(after) ? [before, after] : [version(before), version(after)];
}

function explainRest(before: KeyParts, after: KeyParts): readonly Reason[] {
  const reasons: Reason[] = [];
  const compare = (kind: Reason['kind'], old: unknown, now: unknown, what: string): void => {
    if (old !== now) reasons.push(toChange(kind, undefined, toText(old), toText(now), what));
  };
  compare('seed', before.seed, after.seed, 'the seed');
  compare('nominal-time', before.nominalTime, after.nominalTime, 'the nominal time');
  compare('determinism', before.determinism.class, after.determinism.class, 'the determinism class');
  compare('version', before.determinism.version, after.determinism.version, 'the cache version');
  compare('salt', before.determinism.salt, after.determinism.salt, 'the cache salt');
  compare('scope', toCanonicalJson(before.scope), toCanonicalJson(after.scope), 'the scope');
  return reasons;
}

function toText(value: unknown): string | undefined {
  return value === null ? undefined : String(value);
}

function changedNames(before: { readonly [name: string]: unknown }, after: { readonly [name: string]: unknown }): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => toComparable(before, name) !== toComparable(after, name)).sort();
}

function toComparable(record: { readonly [name: string]: unknown }, name: string): string {
  if (!Object.hasOwn(record, name)) return '';
  const value = record[name];
  return typeof value === 'string' ? `"${value}` : toCanonicalJson(value);
}

function toChange(
  kind: Reason['kind'],
  name: string | undefined,
  before: string | undefined,
  after: string | undefined,
  what: string,
): Reason {
  return {
    kind,
    ...(name === undefined ? {} : { name }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    message: `${what}: ${before ?? 'none'} → ${after ?? 'none'}`,
  };
}
