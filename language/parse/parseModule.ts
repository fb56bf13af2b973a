import type { Resources, ModuleContract } from '../model/module.ts';
import { ModuleForm } from '../model/moduleForm.ts';
import { checkLineage } from './columnSources.ts';
import { createModuleDefaults } from '../model/moduleDefaults.ts';
import { t } from '../model/words.ts';
import { readForm, type FormReading } from './formReading.ts';
import { readDuration, readEntryText, readSize, toLanguage } from './grammarReading.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';
import { readParams } from './readParams.ts';
import { readInputs, readOutputs } from './readPorts.ts';
import { readLibraryUses } from './readUse.ts';

/** `module.yaml` → the module's contract, defaults filled in. Never throws. */
export function parseModule(file: string, text: string): ParsedFile<ModuleContract> {
  return parseFile(file, text, 'module', toContract);
}

function toContract(reading: FormReading): ModuleContract | undefined {
  const form = readForm(reading, ModuleForm);
  if (form === undefined) return undefined;
  const entry = readEntryText(reading, ['entry'], form.entry, 'module');
  const inputs = readInputs(reading, form.inputs);
  const outputs = readOutputs(reading, form.outputs);
  const params = readParams(reading, form.params);
  reportSharedNames(reading, form);
  checkLineage(reading, inputs, outputs);
  if (entry === undefined) return undefined;
  const defaults = createModuleDefaults();
  return {
    ...defaults,
    name: form.module,
    kind: form.kind ?? defaults.kind,
    description: form.description ?? defaults.description,
    language: toLanguage(entry),
    entry,
    environment: form.environment,
    uses: readLibraryUses(reading, form.uses),
    inputs,
    params,
    outputs,
    resources: readResources(reading, form, defaults.resources),
    determinism: form.determinism ?? defaults.determinism,
    seed: readSeed(reading, form),
    reuse: form.reuse ?? defaults.reuse,
    preload: form.preload ?? defaults.preload,
    cache: readCache(reading, form, defaults.cache),
    tests: form.tests,
  };
}

function readResources(reading: FormReading, { resources }: ModuleForm, defaults: Resources): Resources {
  return {
    cpu: resources?.cpu ?? defaults.cpu,
    memory: readSize(reading, ['resources', 'memory'], resources?.memory) ?? defaults.memory,
    gpu: resources?.gpu ?? defaults.gpu,
    network: resources?.network ?? defaults.network,
  };
}

function readCache(reading: FormReading, { cache }: ModuleForm, defaults: ModuleContract['cache']): ModuleContract['cache'] {
  const ttl = readDuration(reading, ['cache', 'ttl'], cache?.ttl);
  const base = { version: cache?.version ?? defaults.version, salt: cache?.salt ?? defaults.salt };
  return ttl === undefined ? base : { ...base, ttl };
}

function readSeed(reading: FormReading, form: ModuleForm): number | undefined {
  if (form.seed === undefined || form.determinism === 'seeded') return form.seed;
  const message = t('A seed needs `determinism: seeded`: otherwise nothing is seeded with it.');
  reading.yaml.findings.add('invalid-value', reading.yaml.source.keyRange(['seed']), message);
  return undefined;
}

/** Inputs and parameters are arguments of one function. */
function reportSharedNames(reading: FormReading, form: ModuleForm): void {
  for (const name of Object.keys(form.params ?? {})) {
    if (!Object.hasOwn(form.inputs ?? {}, name)) continue;
    const { line } = reading.yaml.source.keyRange(['inputs', name]).start;
    const message = t`\`${name}\` is an input already (line ${line}): inputs and parameters are arguments of one function.`;
    reading.yaml.findings.add('duplicate-name', reading.yaml.source.keyRange(['params', name]), message);
  }
}
