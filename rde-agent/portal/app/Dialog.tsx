import { useEffect, useId, useRef, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';

export interface DialogProps {
  readonly title: string;
  /** of the button that does it */
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly isBusy?: boolean;
  readonly onAct: () => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** One question, above everything else: Enter does it, Escape leaves it. The page behind it waits. */
export function Dialog({ title, action, isDangerous = false, isBusy = false, onAct, onClose, children }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose} className="dialog">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) onAct();
        }}
      >
        <h2 id={titleId}>{title}</h2>
        <div className="dialog-body">{children}</div>
        <p className="dialog-actions">
          <button type="button" onClick={onClose}>
            {t('Close')}
          </button>
          <button type="submit" className={isDangerous ? 'danger' : 'primary'} disabled={isBusy}>
            {action}
          </button>
        </p>
      </form>
    </dialog>
  );
}
