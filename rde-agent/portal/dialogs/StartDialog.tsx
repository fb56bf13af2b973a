import { useId, useState, type ReactNode } from 'react';
import type { Json } from '../../../language/model/json.ts';
import type { Param } from '../../../language/model/module.ts';
import { t } from '../../../webviews/protocol/words.ts';
import { toCairnError, type CairnError } from '../../protocol/errors.ts';
import { Dialog } from '../app/Dialog.tsx';
import { ParamFields, readParamTexts, toParamTexts, type ParamValues } from './ParamFields.tsx';

/** One way in which a workflow can be started. */
export interface Start {
  readonly title: string;
  readonly params: readonly Param[];
  /** values that the form begins with, instead of the defaults */
  readonly before?: { readonly [name: string]: Json };
  /** Answers once it has begun. */
  begin(values: ParamValues): Promise<void>;
}

export interface StartDialogProps {
  readonly title: string;
  readonly action: string;
  /** at least one */
  readonly starts: readonly Start[];
  readonly onClose: () => void;
}

/** Asks for parameters and starts. What the agent says against it stands in the form, which stays as it was filled in. */
export function StartDialog({ title, action, starts, onClose }: StartDialogProps): ReactNode {
  const name = useId();
  const [chosen, setChosen] = useState(0);
  const start = starts[chosen];
  const [texts, setTexts] = useState(() => starts.map(({ params, before }) => toParamTexts(params, before)));
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CairnError | null>(null);
  if (start === undefined) return null;
  const own = texts[chosen] ?? {};
  const values = readParamTexts(start.params, own);
  const begin = (): void => {
    if (values === undefined) return;
    setBusy(true);
    start.begin(values).then(onClose, (thrown: unknown) => {
      setError(toCairnError(thrown));
      setBusy(false);
    });
  };
  const change = (param: string, text: string): void =>
    setTexts((before) => before.map((one, index) => (index === chosen ? { ...one, [param]: text } : one)));
  return (
    <Dialog title={title} action={isBusy ? t('Starting…') : action} isBusy={isBusy || values === undefined} onAct={begin} onClose={onClose}>
      {starts.length > 1 && (
        <fieldset>
          <legend>{t('Which')}</legend>
          {starts.map((one, index) => (
            <label key={one.title} className="choice">
              <input type="radio" name={name} checked={index === chosen} onChange={() => setChosen(index)} />
              {one.title}
            </label>
          ))}
        </fieldset>
      )}
      {starts.length === 1 && <p className="quiet">{start.title}</p>}
      <ParamFields params={start.params} texts={own} onChange={change} />
      {error !== null && (
        <p className="problem" role="alert">
          {error.message} ({error.code}) {error.next}
        </p>
      )}
    </Dialog>
  );
}
