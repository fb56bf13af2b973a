import type { Json } from '../../language/model/json.ts';
import { readParamText, toParamMismatch } from '../../language/model/paramValue.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';

/** A pinned workflow with other values. Throws `invalid-request` for one that is not declared, of another type, or still missing. */
export function withParams(definition: PinnedWorkflow, params: { readonly [name: string]: Json }): PinnedWorkflow {
  const { declared, workflow } = definition;
  const names = Object.keys(params);
  if (declared === undefined) {
    if (names.length === 0) return definition;
    throw new CairnError('invalid-request', `The run of ${workflow} does not say which parameters it has: it is older than their record`, {
      next: `Run the workflow again with \`cairn run ${workflow} --param …\`.`,
    });
  }
  const unknown = names.find((name) => !declared.some((param) => param.name === name));
  if (unknown !== undefined)
    throw new CairnError('invalid-request', `${workflow} has no parameter ${unknown}; it has ${listNames(declared)}`);
  const values = { ...definition.params, ...params };
  for (const param of declared) {
    const value = values[param.name];
    if (value === undefined) throw new CairnError('invalid-request', `${workflow} needs a value for its parameter ${param.name}`);
    const mismatch = Object.hasOwn(params, param.name) ? toParamMismatch(param, value) : undefined;
    if (mismatch !== undefined) throw new CairnError('invalid-request', `Parameter ${param.name} of ${workflow} ${mismatch}`);
  }
  return { ...definition, params: values };
}

/** Texts of a command line as values of the types that the workflow declares. Throws `invalid-request`; what is not declared is left for `withParams` to refuse. */
export function readTexts(
  { declared = [], workflow }: PinnedWorkflow,
  texts: { readonly [name: string]: string } = {},
): { readonly [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const param = declared.find((candidate) => candidate.name === name);
      const value = param === undefined ? text : readParamText(param.type, text);
      if (value === undefined)
        throw new CairnError(
          'invalid-request',
          `Parameter ${name} of ${workflow} is of type ${param?.type ?? ''}, and ${JSON.stringify(text)} is not`,
        );
      return [name, value];
    }),
  );
}

function listNames(declared: readonly { readonly name: string }[]): string {
  return declared.length === 0 ? 'none' : declared.map((param) => param.name).join(', ');
}
