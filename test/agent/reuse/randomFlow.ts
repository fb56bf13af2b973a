import type { Files } from '../../support/smallWorkspace.ts';
import { createProgram, toFiles, type Program } from './randomProgram.ts';
import type { Random } from './random.ts';

/** A workflow `flow/w` whose step `s0`, `s1`, … is its own module each, over earlier steps. */
export interface Flow {
  readonly programs: readonly Program[];
  /** by step: the steps that its ports are given */
  readonly needs: readonly (readonly number[])[];
  /** of step parameter `p` */
  readonly params: readonly number[];
  /** value of a variable that every step reads, and of one that none does */
  readonly mode: string;
  readonly idle: string;
  /** steps of which there are several, one for each element */
  readonly fans: readonly number[];
}

export function createFlow(random: Random, size: number, hasFans = true): Flow {
  const needs = Array.from({ length: size }, (_, step) => {
    const count = Math.min(step, random.below(3));
    return [...new Set(Array.from({ length: count }, () => random.below(step)))];
  });
  const fans = needs.flatMap((_, step) => (random.below(5) === 0 && hasFans ? [step] : []));
  const typeOf = (step: number): string => (fans.includes(step) ? '{ list: json }' : 'json');
  return {
    programs: needs.map((given, step) => createProgram(`flow/m${String(step)}`, given.map(typeOf), random.below(2 ** 31))),
    needs,
    params: needs.map(() => random.below(9)),
    mode: 'plain',
    idle: 'plain',
    fans,
  };
}

export function toFlowFiles(flow: Flow): Files {
  return {
    ...Object.fromEntries(flow.programs.flatMap((program) => Object.entries(toFiles(program)))),
    'environments/plain.environment.yaml': `environment: plain\npython: '>=3.10'\nlock: plain.lock\nvariables: { FLOW_MODE: ${flow.mode}, FLOW_IDLE: ${flow.idle} }\n`,
    'environments/plain.lock': '',
    'workflows/w.workflow.yaml': `workflow: flow/w\nsteps:\n${flow.programs.map((program, step) => toStep(flow, program, step)).join('\n')}\n`,
  };
}

function toStep({ needs, params, fans }: Flow, { name }: Program, step: number): string {
  const inputs = (needs[step] ?? []).map((from, port) => `in${String(port)}: "s${String(from)}${fans.includes(from) ? '[*]' : ''}.out"`);
  const given = inputs.length === 0 ? '' : `, in: { ${inputs.join(', ')} }`;
  const fan = fans.includes(step) ? `, foreach: { i: [${String(params[step])}, ${String((params[step] ?? 0) + 20)}] }` : '';
  const value = fans.includes(step) ? '"${foreach.i}"' : String(params[step]);
  return `  s${String(step)}: { module: ${name}${fan}${given}, params: { p: ${value} } }`;
}
