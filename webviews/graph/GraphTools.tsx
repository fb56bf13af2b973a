import type { ReactNode } from 'react';
import { t } from '../protocol/words.ts';
import { Button } from '../shared/ui/Button.tsx';
import type { GraphAction } from './graphKeys.ts';
import type { GraphState } from './useGraph.ts';

/** The same as the keys, for the pointer. */
export function GraphTools({ graph, extra }: { readonly graph: GraphState; readonly extra: ReactNode }): ReactNode {
  const { scene, panes, act, expansion } = graph;
  const hasNested = scene.nesting.size > 0;
  const isAllExpanded = hasNested && scene.boxes.every((box) => !scene.nesting.has(box.node.id));
  const tool = (icon: string, label: string, action: GraphAction, pressed?: boolean): ReactNode => (
    <Button kind="icon" icon={icon} label={label} pressed={pressed} onPress={() => act(action)} />
  );
  return (
    <div className="tools" role="toolbar" aria-label={t('Graph')}>
      {tool('search', t('Search (/)'), { kind: 'find' }, panes.search !== null)}
      {tool('list-tree', t('All steps (t)'), { kind: 'tree' }, panes.isTree)}
      {hasNested && (
        <Button
          kind="icon"
          icon={isAllExpanded ? 'collapse-all' : 'expand-all'}
          label={isAllExpanded ? t('Collapse all') : t('Expand all')}
          onPress={() => expansion.toggleAll(!isAllExpanded)}
        />
      )}
      {tool('zoom-out', t('Zoom out (-)'), { kind: 'zoom', factor: 0.8 })}
      {tool('zoom-in', t('Zoom in (+)'), { kind: 'zoom', factor: 1.25 })}
      {tool('screen-full', t('Show all (f)'), { kind: 'fit' })}
      {extra}
      {tool('question', t('Keys (?)'), { kind: 'help' }, panes.isHelp)}
    </div>
  );
}
