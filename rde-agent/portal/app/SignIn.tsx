import { useRef, useState, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { Filled } from '../../../webviews/shared/Filled.tsx';
import { toCairnError, type CairnError } from '../../protocol/errors.ts';
import { signIn } from '../wire/signIn.ts';

/** The door: a code that `cairn portal` prints, once. Where one wanted to go stays in the address. */
export function SignIn({ onSignedIn }: { readonly onSignedIn: () => void }): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<CairnError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await signIn(field.current?.value ?? '');
      onSignedIn();
    } catch (thrown) {
      setError(toCairnError(thrown));
      setBusy(false);
      field.current?.select();
    }
  };
  return (
    <main className="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h1>{t('Sign in to Cairn')}</h1>
        <HowToSignIn />
        <label htmlFor="code">{t('Code')}</label>
        <input
          ref={field}
          id="code"
          name="code"
          type="text"
          className="code"
          required
          maxLength={64}
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          placeholder="XXXX-XXXX"
          aria-describedby="sign-in-how"
          aria-invalid={error !== null}
          aria-errormessage="sign-in-error"
        />
        <p id="sign-in-error" className="problem" role="alert">
          {error !== null && (
            <>
              <span className="codicon codicon-error" aria-hidden="true" /> {error.message} {error.next}
            </>
          )}
        </p>
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? t('Signing in…') : t('Sign in')}
        </button>
      </form>
    </main>
  );
}

function HowToSignIn(): ReactNode {
  const text = t('Run {0} where the agent runs. It prints a code that is good once.');
  return (
    <p className="quiet" id="sign-in-how">
      <Filled text={text} parts={[<code key="portal">cairn portal</code>]} />
    </p>
  );
}
