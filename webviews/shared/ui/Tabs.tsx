import { createElement, useId, type ReactNode, type SyntheticEvent } from 'react';
import './toolkit.ts';
import { useSpokenName } from './useSpokenName.ts';

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
  const onChange = (event: SyntheticEvent<HTMLElement, Event>): void => {
    // Fields inside a view tell of their changes too, and those bubble.
    if (event.target !== event.currentTarget) return;
    const chosen = tabs.find((tab) => toId(tab.id) === readActive(event));
    if (chosen !== undefined && chosen.id !== selected) onSelect(chosen.id);
  };
  return createElement(
    'tk-panels',
    { className: 'tabs', activeid: toId(selected), 'aria-label': label, onChange },
    tabs.map((tab) => <TabHead key={tab.id} id={toId(tab.id)} title={tab.title} />),
    tabs.map((tab) =>
      createElement('tk-panel-view', { key: `view ${tab.id}`, id: `${toId(tab.id)}view` }, tab.id === selected ? tab.content() : null),
    ),
  );
}

function TabHead({ id, title }: { readonly id: string; readonly title: string }): ReactNode {
  const ref = useSpokenName(title);
  return createElement('tk-panel-tab', { ref, id }, title);
}

/** Of the tab that the control tells of: its attribute follows only later. */
function readActive({ nativeEvent }: SyntheticEvent<HTMLElement, Event>): string | undefined {
  return nativeEvent instanceof CustomEvent && nativeEvent.detail instanceof Element ? nativeEvent.detail.id : undefined;
}
