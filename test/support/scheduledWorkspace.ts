import { moduleFiles, SmallWorkspace } from './smallWorkspace.ts';

/** A workspace with one workflow `small/tick` that takes a text `who`; `schedule` is its block in flow style, `''` = none. */
export function createScheduledWorkspace(schedule: string, code = 'def run(who="nobody"):\n    return {"out": who}\n'): SmallWorkspace {
  return new SmallWorkspace({
    ...moduleFiles('small/say', { code, params: '{ who: { type: string, default: nobody } }' }),
    'workflows/tick.workflow.yaml': toTickWorkflow(schedule),
  });
}

export function toTickWorkflow(schedule: string): string {
  const block = schedule === '' ? '' : `schedule: ${schedule}\n`;
  return `workflow: small/tick\nparams: { who: { type: string, default: world } }\nsteps:\n  say:\n    module: small/say\n    params: { who: "\${params.who}" }\n    cache: off\n${block}`;
}
