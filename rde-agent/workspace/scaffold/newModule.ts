import { toNearNames } from '../../../language/model/nearNames.ts';
import { isQualifiedName } from '../../../language/model/names.ts';
import type { PortType } from '../../../language/model/portType.ts';
import type { CreatedDocument } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { CheckedParamsOf } from '../../protocol/operations.ts';
import type { Workspace } from '../workspace.ts';
import type { Checked } from '../workspaceChecker.ts';
import { toModuleFiles, toDefaultPorts } from './moduleText.ts';
import { parsePortSpec, type PortSpec } from './portSpec.ts';
import { toTypeScriptFiles, toTypeScriptPorts } from './typescriptText.ts';
import { toGlobFolder, writeChecked } from './proposal.ts';

/**
 * Scaffolds a module that checks clean and runs. Rejects with `invalid-request` (a bad name or port, an unknown environment), or
 * `already-exists`; nothing is half written.
 */
export async function newModule(workspace: Workspace, params: CheckedParamsOf<'workspace.newModule'>): Promise<CreatedDocument> {
  const { name, kind, environment } = params;
  if (!isQualifiedName(name))
    throw new CairnError('invalid-request', `${JSON.stringify(name)} can't name a module: it must be namespace/name in lower case`);
  const { checked } = await workspace.current({});
  const same = checked.model.modules.get(name);
  if (same !== undefined) throw new CairnError('already-exists', `the module ${name} is in ${same.file}`);
  const asked = { inputs: params.inputs.map(parsePortSpec), outputs: params.outputs.map(parsePortSpec) };
  const isTypeScript = params.language === 'typescript';
  const isAsked = asked.inputs.length + asked.outputs.length > 0;
  const { inputs, outputs } = isAsked ? asked : isTypeScript ? toTypeScriptPorts(kind) : toDefaultPorts(kind);
  refusePorts(inputs, outputs);
  if (isTypeScript) refuseTypes([...inputs, ...outputs]);
  refuseEnvironment(checked, environment, [...inputs, ...outputs]);
  const folder = `${toGlobFolder(checked.model.manifest.modules, 'modules')}/${name}`;
  const toFiles = isTypeScript ? toTypeScriptFiles : toModuleFiles;
  const files = toFiles({
    name,
    kind,
    environment,
    inputs,
    outputs: outputs.length === 0 ? [{ name: 'result', type: { kind: 'json' } }] : outputs,
  });
  return writeChecked(workspace, new Map([...files].map(([file, text]) => [`${folder}/${file}`, text])), params.preview);
}

function refusePorts(inputs: readonly PortSpec[], outputs: readonly PortSpec[]): void {
  for (const ports of [inputs, outputs]) {
    const twice = ports.find((port, index) => ports.findIndex((other) => other.name === port.name) !== index);
    if (twice !== undefined) throw new CairnError('invalid-request', `the port ${twice.name} is there twice`);
  }
  const list = outputs.find((output) => output.type.kind === 'list');
  if (list !== undefined)
    throw new CairnError('invalid-request', `the output ${list.name} can't be a list: lists come from the fan-out of a step`);
}

function refuseTypes(ports: readonly PortSpec[]): void {
  const port = ports.find(({ type }) => {
    const { kind } = type.kind === 'list' ? type.of : type;
    return kind === 'table' || kind === 'model';
  });
  if (port === undefined) return;
  throw new CairnError('invalid-request', `the port ${port.name}: a TypeScript module has neither tables nor models`, {
    next: 'Use json, metrics, file or directory, or leave --language out.',
  });
}

function refuseEnvironment(checked: Checked, environment: string | undefined, ports: readonly PortSpec[]): void {
  const { environments, manifest } = checked.model;
  if (environment !== undefined && !environments.has(environment)) {
    const near = toNearNames(environment, environments.keys())[0];
    throw new CairnError(
      'unknown-environment',
      `there is no environment ${environment}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  const table = ports.find((port) => hasTable(port.type));
  if (table !== undefined && environment === undefined && manifest.defaults.environment === undefined) {
    throw new CairnError('invalid-request', `the table port ${table.name} needs pyarrow, and this workspace has no default environment`, {
      next: 'Name an environment whose lock has pyarrow, or set `defaults: { environment: … }` in cairn.yaml.',
    });
  }
}

function hasTable(type: PortType): boolean {
  return type.kind === 'table' || (type.kind === 'list' && hasTable(type.of));
}
