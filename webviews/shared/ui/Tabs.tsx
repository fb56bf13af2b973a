import { createElement, useId, type ReactNode, type SyntheticEvent } from 'react';
import './toolkit.ts';

export interface Tab<T extends string> {
  readonly id: T;
  readonly title: string;
  /** made only while the tab is chosen */
  readonly content: () => ReactNode;
}

export interface TabsProps<T extends string> {
  /** what the tabs are views of */
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly selected: T;
  readonly onSelect: (tab: T) => void;
}

/** Views of one thing, of which one is shown. Arrow keys, Home and End walk the tabs. */
export function Tabs<T extends string>({ label, tabs, selected, onSelect }: TabsProps<T>): ReactNode {
  const prefix = useId();
  const toId = (tab: T): string => `${prefix}${tab}`;
  const onChange = (event: SyntheticEvent<HTMLElement>): void => {
    // Fields inside a view tell of their changes too, and those bubble.
    if (event.target !== event.currentTarget) return;
    const active = event.currentTarget.getAttribute('activeid');
    const chosen = tabs.find((tab) => toId(tab.id) === active);
    if (chosen !== undefined && chosen.id !== selected) onSelect(chosen.id);
  };
  return createElement(
    'tk-panels',
    { className: 'tabs', activeid: toId(selected), 'aria-label': label, onChange },
    tabs.map((tab) => createElement('tk-panel-tab', { key: tab.id, id: toId(tab.id) }, tab.title)),
    tabs.map((tab) =>
      createElement('tk-panel-view', { key: `view ${tab.id}`, id: `${toId(tab.id)}view` }, tab.id === selected ? tab.content() : null),
    ),
  );
}
