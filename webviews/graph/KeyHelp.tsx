import { useEffect, useRef, type ReactNode } from 'react';
import { t } from '../protocol/words.ts';
import { Button } from '../shared/ui/Button.tsx';
import { toKeyMap, type KeyMapOptions } from './graphKeys.ts';

/** The keys of the graph, until it is closed: then what had the focus has it again. */
export function KeyHelp({ keys, onClose }: { readonly keys: KeyMapOptions; readonly onClose: () => void }): ReactNode {
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
      aria-label={t('Keys of the graph')}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' && event.key !== '?') return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <div className="key-help-head">
        <b>{t('Keys')}</b>
        <Button kind="icon" icon="close" label={t('Close')} title={t('Close (Esc)')} onPress={onClose} />
      </div>
      <dl>
        {toKeyMap(keys).map(([key, what]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
