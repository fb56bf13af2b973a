import type { Reason } from '../protocol/reason.ts';
import type { CodeBefore, CodeNow, Trace } from '../protocol/trace.ts';
import { toCodeTree } from './codeTree.ts';

/** Variables that C libraries and the interpreter itself read without anybody hearing of it. */
const READ_IN_C =
  /^(?:TZ|TZDIR|LANG|LANGUAGE|LC_\w+|OMP_\w+|GOMP_\w+|KMP_\w+|MKL_\w+|OPENBLAS_\w+|BLIS_\w+|VECLIB_\w+|NUMEXPR_\w+|NPY_\w+|PYTHON\w*|LD_\w+|DYLD_\w+|MALLOC_\w*|GLIBC_\w+|CUDA_\w+|NVIDIA_\w+|HSA_\w+|ROCR_\w+|ARROW_\w+|POLARS_\w+|RAYON_\w+|TBB_\w+|SSL_CERT_\w+|OPENSSL_\w+|HOME|PATH|TMPDIR)$/;

/** How much of the surroundings counts because of what cannot be told exactly. */
interface Scope {
  /** every file of the tree, every variable and package */
  readonly tree: string | undefined;
  /** every file that is no Python, and every variable */
  readonly data: string | undefined;
  /** which files there are that are no Python */
  readonly names: string | undefined;
}

function toScope(trace: Trace): Scope {
  const find = (level: string, file?: string): string | undefined =>
    trace.widen.find((one) => one.level === level && (level !== 'data' || one.file === (file ?? null)))?.because;
  return { tree: find('tree'), data: find('data'), names: find('data', '') };
}

/** What the execution looked at besides code that ran: the differences. */
export function compareSurroundings(before: CodeBefore, now: CodeNow): readonly Reason[] {
  const scope = toScope(before.trace);
  return [
    ...comparePackages(before, now, scope),
    ...compareVariables(before, now, scope),
    ...compareImports(before, now),
    ...compareFiles(before, now, scope),
    ...compareListings(before, now),
  ];
}

function comparePackages(before: CodeBefore, now: CodeNow, scope: Scope): readonly Reason[] {
  const { distributions } = before.trace;
  const everyone = distributions === 'all' || scope.tree !== undefined;
  const names = everyone ? changed(before.packages, now.packages) : changedOf(distributions, before.packages, now.packages);
  // A name that was asked for and belonged to no package may be what another package now provides.
  const vain = everyone ? undefined : distributions.find((name) => !Object.hasOwn(before.packages, name));
  const added =
    vain === undefined ? [] : Object.keys(now.packages).filter((name) => !Object.hasOwn(before.packages, name) && !names.includes(name));
  return [...names, ...added].map((name) => {
    const [old, next] = toVersions(get(before.packages, name), get(now.packages, name));
    return { kind: 'package', name, ...toChange(old, next), message: `package ${name}: ${old ?? 'absent'} → ${next ?? 'absent'}` };
  });
}

function compareVariables(before: CodeBefore, now: CodeNow, scope: Scope): readonly Reason[] {
  const { variables } = before.trace;
  const everyone = variables === 'all' || scope.tree !== undefined || scope.data !== undefined;
  const read = new Set(everyone ? [] : variables);
  return changed(before.variables, now.variables)
    .filter((name) => everyone || read.has(name) || READ_IN_C.test(name))
    .map((name) => {
      const [old, next] = [get(before.variables, name), get(now.variables, name)];
      return { kind: 'variable', name, ...toChange(old, next), message: `variable ${name}: ${old ?? 'not set'} → ${next ?? 'not set'}` };
    });
}

/** A module that was looked for below a folder of the tree: it must be found, or not found, as before. */
function compareImports(before: CodeBefore, now: CodeNow): readonly Reason[] {
  const [then, here] = [toCodeTree(before.files), toCodeTree(now.files)];
  return before.trace.imports.flatMap(([folder, name]): readonly Reason[] => {
    const [old, next] = [then.resolve(folder, name), here.resolve(folder, name)];
    if (old === next) return [];
    const place = folder === '' ? name : `${folder}/${name}`;
    const text = old === '' ? `${place} is there now and is imported` : next === '' ? `${place} is gone` : `${place} is another file now`;
    return [{ kind: 'import', name, file: toImportFile(place, next === '' ? old : next), message: text }];
  });
}

function toImportFile(place: string, resolved: string): string {
  const first = resolved.split(' ').find((name) => name !== '/') ?? '';
  return first.startsWith('/') ? `${place}${first}` : first === '' ? place : `${place.slice(0, place.lastIndexOf('/') + 1)}${first}`;
}

function compareFiles(before: CodeBefore, now: CodeNow, scope: Scope): readonly Reason[] {
  const { trace } = before;
  const tree = toCodeTree(now.files);
  const looked = Object.entries(trace.files).flatMap(([file, old]): readonly Reason[] => {
    const digest = get(now.files, file);
    const next = old === 'file' && digest !== undefined ? 'file' : (digest ?? (tree.isFolder(file) ? 'folder' : null));
    return next === old ? [] : [toFileReason(file, old ?? undefined, next ?? undefined, 'which it looked at')];
  });
  const because = scope.tree ?? scope.data ?? scope.names;
  if (because === undefined) return looked;
  const counts = (file: string): boolean => {
    if (scope.tree !== undefined) return true;
    return !file.endsWith('.py') && (scope.data !== undefined || Object.hasOwn(before.files, file) !== Object.hasOwn(now.files, file));
  };
  const named = new Set(looked.map(({ file }) => file));
  const widened = changed(before.files, now.files)
    .filter((file) => !named.has(file) && counts(file))
    .map((file) => toFileReason(file, get(before.files, file), get(now.files, file), `which counts because of ${because}`));
  return [...looked, ...widened];
}

function toFileReason(file: string, old: string | undefined, next: string | undefined, why: string): Reason {
  const what = old === undefined ? 'is there now' : next === undefined ? 'is gone' : 'changed';
  return { kind: 'file', file, ...toChange(old, next), message: `${file}, ${why}, ${what}` };
}

function compareListings(before: CodeBefore, now: CodeNow): readonly Reason[] {
  const [then, here] = [toCodeTree(before.files), toCodeTree(now.files)];
  return Object.keys(before.trace.listings).flatMap((folder): readonly Reason[] => {
    const [old, next] = [then.list(folder), here.list(folder)];
    if (old?.join('\n') === next?.join('\n')) return [];
    const names = [...new Set([...(old ?? []), ...(next ?? [])])].filter((name) => old?.includes(name) !== next?.includes(name));
    const place = folder === '' ? 'the module folder' : folder;
    return [
      { kind: 'file', file: folder === '' ? '.' : folder, message: `${place}, which it listed, has other names: ${names.join(', ')}` },
    ];
  });
}

function changed(before: { readonly [name: string]: string }, now: { readonly [name: string]: string }): readonly string[] {
  return changedOf([...Object.keys(before), ...Object.keys(now)], before, now);
}

function changedOf(
  names: readonly string[],
  before: { readonly [name: string]: string },
  now: { readonly [name: string]: string },
): readonly string[] {
  return [...new Set(names)].filter((name) => get(before, name) !== get(now, name)).sort();
}

function get(values: { readonly [name: string]: string }, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** `1.2+sha256:…` → `1.2`, unless only the rest differs. */
function toVersions(before: string | undefined, after: string | undefined): readonly [string | undefined, string | undefined] {
  const short = (text: string | undefined): string | undefined => text?.replace(/\+sha256:.*$/, '');
  return short(before) === short(after) ? [before, after] : [short(before), short(after)];
}

function toChange(before: string | undefined, after: string | undefined): Pick<Reason, 'before' | 'after'> {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
