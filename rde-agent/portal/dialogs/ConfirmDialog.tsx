import { useState, type ReactNode } from 'react';
import { toCairnError, type CairnError } from '../../protocol/errors.ts';
import { Dialog } from '../app/Dialog.tsx';

export interface ConfirmDialogProps {
  readonly title: string;
  readonly text?: string;
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly work: () => Promise<void>;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** Asks before it does something; stays, and says why, where that fails. */
export function ConfirmDialog({ title, text, action, isDangerous = true, work, onClose, children }: ConfirmDialogProps): ReactNode {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CairnError | null>(null);
  const act = (): void => {
    setBusy(true);
    work().then(onClose, (thrown: unknown) => {
      setError(toCairnError(thrown));
      setBusy(false);
    });
  };
  return (
    <Dialog title={title} action={action} isDangerous={isDangerous} isBusy={isBusy} onAct={act} onClose={onClose}>
      {text !== undefined && <p>{text}</p>}
      {children}
      {error !== null && (
        <p className="problem" role="alert">
          {error.message} ({error.code}) {error.next}
        </p>
      )}
    </Dialog>
  );
}
