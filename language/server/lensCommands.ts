import type { Command, Range } from 'vscode-languageserver';
import type { Lens } from '../service/codeLenses.ts';

/** Where a lens stands. */
interface LensPlace {
  readonly root: string;
  readonly uri: string;
  readonly range: Range;
}

/** The editor's command behind a lens. Arguments are plain data; `cairn.showUses` and the others are the extension's. */
export function toLensCommand(action: Lens['action'], { root, uri, range }: LensPlace): Command {
  switch (action.kind) {
    case 'run':
      return { title: '$(play) Run', command: 'cairn.run', arguments: [{ root, module: { name: action.module } }] };
    case 'why':
      return { title: 'Why did it run?', command: 'cairn.why', arguments: [{ root, module: { name: action.module } }] };
    case 'users':
      return {
        title: action.count === 0 ? 'used by no workflow' : `used by ${action.count} ${action.count === 1 ? 'workflow' : 'workflows'}`,
        command: 'cairn.showUses',
        arguments: [{ uri, position: range.start }],
      };
    case 'runWorkflow':
      return { title: '$(play) Run', command: 'cairn.run', arguments: [{ root, workflow: { name: action.workflow } }] };
    case 'plan':
      return { title: 'Plan', command: 'cairn.plan', arguments: [{ root, workflow: { name: action.workflow } }] };
    case 'graph':
      return { title: 'Graph', command: 'cairn.showGraph', arguments: [{ root, workflow: { name: action.workflow } }] };
    case 'nextFire':
      return { title: `next: ${action.text}`, command: 'cairn.showSchedules', arguments: [{ root, workflow: { name: action.workflow } }] };
  }
}
