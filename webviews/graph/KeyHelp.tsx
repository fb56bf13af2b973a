import { useEffect, useRef, type ReactNode } from 'react';
import { Button } from '../shared/ui/Button.tsx';
import { KEY_MAP } from './graphKeys.ts';

/** The keys of the graph, until it is closed: then what had the focus has it again. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }): ReactNode {
  const pane = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    pane.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <div
      ref={pane}
      className="key-help"
      role="dialog"
      aria-label="Keys of the graph"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' && event.key !== '?') return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <div className="key-help-head">
        <b>Keys</b>
        <Button kind="icon" icon="close" label="Close" title="Close (Esc)" onPress={onClose} />
      </div>
      <dl>
        {KEY_MAP.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
