import type { Diagnostic, DiagnosticCode, Fix, Range } from '../model/diagnostic.ts';
import { toCanonicalJson } from '../model/json.ts';
import type { Entry, ModuleContract, Param } from '../model/module.ts';
import { toNearestName } from '../model/nearNames.ts';
import { t } from '../model/words.ts';
import { toNameList, toReplacement } from '../parse/findings.ts';
import type { SourceMap, ValuePath } from '../parse/sourceMap.ts';
import type { EntryReading, PythonEntry, PythonParameter } from '../python/pythonReader.ts';

interface SignatureCheck {
  readonly source: SourceMap;
  readonly entryFile: string;
  readonly reading: EntryReading;
}

/** The contract against the function that it names: findings in the YAML, each with a twin in the Python file where it has a place there. */
export function checkModuleSignature(check: SignatureCheck & { readonly module: ModuleContract }): readonly Diagnostic[] {
  const { module } = check;
  const drift = createDrift(check);
  const entry = readFound(check, drift, ['entry'], module.entry.function);
  if (entry === undefined) return drift.list;
  if (entry.decorators.length === 0) checkParameters(drift, module, entry);
  checkReturns(drift, module, entry);
  return drift.list;
}

/** A dataset's function is called without arguments. */
export function checkLoaderSignature(check: SignatureCheck & { readonly entry: Entry }): readonly Diagnostic[] {
  const drift = createDrift(check);
  const entry = readFound(check, drift, ['source', 'entry'], check.entry.function);
  if (entry === undefined || entry.decorators.length > 0) return drift.list;
  for (const parameter of entry.parameters.filter(isRequired)) {
    const message = t`\`${entry.name}\` needs \`${parameter.name}\`, but a dataset’s function is called without arguments.`;
    drift.add(check.source.valueRange(['source', 'entry', '@function']), message, { twin: parameter.range });
  }
  return drift.list;
}

interface DriftOptions {
  /** place in the Python file */
  readonly twin?: Range;
  readonly fix?: Fix;
  readonly severity?: 'error' | 'warning';
}

interface Drift {
  readonly list: Diagnostic[];
  readonly source: SourceMap;
  add(range: Range, message: string, options?: DriftOptions): void;
}

function createDrift({ source, entryFile }: SignatureCheck): Drift {
  const list: Diagnostic[] = [];
  const code: DiagnosticCode = 'signature-drift';
  return {
    list,
    source,
    add(range, message, { twin, fix, severity = 'error' } = {}) {
      list.push({ file: source.file, range, severity, code, message, ...(fix === undefined ? {} : { fix }) });
      if (twin !== undefined) list.push({ file: entryFile, range: twin, severity, code, message });
    },
  };
}

function readFound(check: SignatureCheck, drift: Drift, path: ValuePath, name: string): PythonEntry | undefined {
  const { reading, entryFile, source } = check;
  if (reading.kind === 'unreadable') {
    const message = t`This is not Python that can be read, so \`${name}\` is not compared with its contract.`;
    drift.list.push({ file: entryFile, range: reading.range, severity: 'warning', code: 'syntax', message });
  }
  if (reading.kind === 'missing') {
    const range = source.valueRange([...path, '@function']);
    const [near] = reading.near;
    const options = near === undefined ? {} : { fix: toReplacement(source.file, range, near) };
    drift.add(
      range,
      t`There is no function \`${name}\` in \`${entryFile}\`${near === undefined ? '.' : t`: did you mean \`${near}\`?`}`,
      options,
    );
  }
  if (reading.kind !== 'found') return undefined;
  if (!reading.entry.isAsync) return reading.entry;
  drift.add(source.valueRange([...path, '@function']), t`\`${name}\` is an \`async\` function: an entry is a plain function.`, {
    twin: reading.entry.range,
  });
  return undefined;
}

function isRequired(parameter: PythonParameter): boolean {
  return parameter.default.kind === 'none' && parameter.style !== 'args' && parameter.style !== 'kwargs';
}

function checkParameters(drift: Drift, module: ModuleContract, entry: PythonEntry): void {
  const named = new Map(entry.parameters.filter(({ style }) => style !== 'args' && style !== 'kwargs').map((one) => [one.name, one]));
  const declared = new Set([...module.inputs, ...module.params].map(({ name }) => name));
  const takesAnything = entry.parameters.some(({ style }) => style === 'kwargs');
  // What the file declares but with an error was left out of the contract; that error is enough.
  const isBroken = (name: string): boolean => drift.source.has(['inputs', name]) || drift.source.has(['params', name]);
  const free = [...named.keys()].filter((name) => !declared.has(name) && !isBroken(name));
  for (const key of ['inputs', 'params'] as const) {
    for (const { name } of module[key]) {
      const parameter = named.get(name);
      if (parameter?.style === 'positional') reportPositional(drift, [key, name], parameter);
      else if (parameter === undefined && !takesAnything) reportMissing(drift, [key, name], name, entry, free);
    }
  }
  for (const param of module.params) checkDefault(drift, param, named.get(param.name));
  const missing = takesAnything ? [] : [...declared].filter((name) => !named.has(name));
  for (const name of free) reportExtra(drift, entry, named.get(name), missing);
}

function reportPositional(drift: Drift, path: ValuePath, parameter: PythonParameter): void {
  const message = t`\`${parameter.name}\` stands before \`/\` in the function, so it can’t be given by its name.`;
  drift.add(drift.source.keyRange(path), message, { twin: parameter.range });
}

function reportMissing(drift: Drift, path: ValuePath, name: string, entry: PythonEntry, free: readonly string[]): void {
  const range = drift.source.keyRange(path);
  const near = toNearestName(name, free);
  const hint = near === undefined ? '.' : t`: did you mean \`${near}\`?`;
  const options = near === undefined ? {} : { fix: toReplacement(drift.source.file, range, near, t`Rename to \`${near}\``) };
  drift.add(range, t`The function \`${entry.name}\` has no parameter \`${name}\`${hint}`, { ...options, twin: entry.parametersRange });
}

/** A parameter that the contract does not know: nothing can be given to it. */
function reportExtra(drift: Drift, entry: PythonEntry, parameter: PythonParameter | undefined, missing: readonly string[]): void {
  // A similar name was reported from the other side, with a repair.
  if (parameter === undefined || missing.some((name) => toNearestName(name, [parameter.name]) !== undefined)) return;
  const range = drift.source.valueRange(['entry', '@function']);
  const start = t`The function \`${entry.name}\` has a parameter \`${parameter.name}\` that is neither an input nor a parameter here`;
  if (isRequired(parameter)) drift.add(range, `${start}.`, { twin: parameter.range });
  else drift.add(range, t`${start}: it always has its default.`, { twin: parameter.range, severity: 'warning' });
}

function checkDefault(drift: Drift, param: Param, parameter: PythonParameter | undefined): void {
  if (param.default === undefined || parameter?.default.kind !== 'literal') return;
  const { value, isFloat, range } = parameter.default;
  const isSameType = !(param.type === 'int' && isFloat);
  if (isSameType && toCanonicalJson(value) === toCanonicalJson(param.default)) return;
  const written = JSON.stringify(value);
  const place = drift.source.valueRange(['params', param.name, 'default']);
  const message = t`The default of \`${param.name}\` is ${JSON.stringify(param.default)} here and ${written}${isFloat && !written.includes('.') ? '.0' : ''} in the function.`;
  const fix = isSameType ? { fix: toReplacement(drift.source.file, place, written) } : {};
  drift.add(place, message, { ...fix, twin: range });
}

/**
 * Keys of literal `return { … }` against the outputs. A function with one output may also return the value itself, which may be a dict where the
 * port takes one: then keys prove nothing unless the output's name is among them.
 */
function checkReturns(drift: Drift, module: ModuleContract, entry: PythonEntry): void {
  if (entry.returns.kind === 'unknown') return;
  const outputs = module.outputs.map(({ name }) => name);
  if (entry.returns.returns.length === 0 && outputs.length > 0) {
    const message = t`The function \`${entry.name}\` returns nothing, but ${toNameList(outputs)} must come out of it.`;
    drift.add(drift.source.keyRange(['outputs']), message, { twin: entry.range });
  }
  for (const keys of entry.returns.returns) {
    const [only] = module.outputs;
    const returned = keys.map(({ key }) => key);
    const mayBeValue = module.outputs.length === 1 && only !== undefined && ['json', 'metrics', 'model'].includes(only.type.kind);
    if (mayBeValue && !returned.includes(only.name)) continue;
    const missing = outputs.filter((name) => !returned.includes(name));
    const free = returned.filter((key) => !outputs.includes(key) && !drift.source.has(['outputs', key]));
    for (const { key, range } of keys) if (free.includes(key)) reportUnknownKey(drift, entry, { key, range }, missing);
    const place = keys[0]?.range ?? entry.range;
    for (const name of missing) reportMissingKey(drift, name, entry, place, free);
  }
}

function reportUnknownKey(
  drift: Drift,
  entry: PythonEntry,
  { key, range }: { readonly key: string; readonly range: Range },
  missing: readonly string[],
): void {
  // A similar name is reported as the missing one, with a repair.
  if (missing.some((name) => toNearestName(name, [key]) !== undefined)) return;
  const place = drift.source.has(['outputs']) ? drift.source.keyRange(['outputs']) : drift.source.valueRange(['entry', '@function']);
  drift.add(place, t`The function \`${entry.name}\` returns \`${key}\`, which is no output here.`, { twin: range });
}

function reportMissingKey(drift: Drift, name: string, entry: PythonEntry, twin: Range, free: readonly string[]): void {
  const range = drift.source.keyRange(['outputs', name]);
  const near = toNearestName(name, free);
  const hint = near === undefined ? '.' : t`: did you mean \`${near}\`?`;
  const options = near === undefined ? {} : { fix: toReplacement(drift.source.file, range, near, t`Rename to \`${near}\``) };
  drift.add(range, t`The function \`${entry.name}\` does not return \`${name}\`${hint}`, { ...options, twin });
}
