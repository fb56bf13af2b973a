import type { Command, Range } from 'vscode-languageserver';
import type { Lens } from '../service/codeLenses.ts';
import { t } from '../model/words.ts';

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
      return { title: t('$(play) Run'), command: 'cairn.run', arguments: [{ root, module: { name: action.module } }] };
    case 'why':
      return { title: t('Why did it run?'), command: 'cairn.why', arguments: [{ root, module: { name: action.module } }] };
    case 'users':
      return {
        title: toUsersText(action.count),
        command: 'cairn.showUses',
        arguments: [{ uri, position: range.start }],
      };
    case 'runWorkflow':
      return { title: t('$(play) Run'), command: 'cairn.run', arguments: [{ root, workflow: { name: action.workflow } }] };
    case 'plan':
      return { title: t('Plan'), command: 'cairn.plan', arguments: [{ root, workflow: { name: action.workflow } }] };
    case 'graph':
      return { title: t('Graph'), command: 'cairn.showGraph', arguments: [{ root, workflow: { name: action.workflow } }] };
    case 'nextFire':
      return { title: t`next: ${action.text}`, command: 'cairn.showSchedules', arguments: [{ root, workflow: { name: action.workflow } }] };
  }
}

function toUsersText(count: number): string {
  if (count === 0) return t('used by no workflow');
  return count === 1 ? t('used by 1 workflow') : t`used by ${count} workflows`;
}
