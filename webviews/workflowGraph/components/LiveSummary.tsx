import { useEffect, useRef, useState, type ReactNode } from 'react';

/** milliseconds between two announcements: nobody can listen to more */
const BETWEEN = 5000;

/** Says a text to those who do not see it, at most every five seconds and always the newest. */
export function LiveSummary({ text }: { readonly text: string }): ReactNode {
  const [said, setSaid] = useState('');
  const last = useRef(0);
  useEffect(() => {
    if (text === said) return undefined;
    const timer = setTimeout(
      () => {
        last.current = Date.now();
        setSaid(text);
      },
      Math.max(0, last.current + BETWEEN - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [text, said]);
  return (
    <div className="sr-only" aria-live="polite">
      {said}
    </div>
  );
}
