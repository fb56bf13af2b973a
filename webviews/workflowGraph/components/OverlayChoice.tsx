import type { KeyboardEvent, ReactNode } from 'react';
import type { Overlay } from '../../graph/looks/overlays.ts';
import { t } from '../../protocol/words.ts';
import { OVERLAYS } from '../panelView.ts';

const ICONS: { readonly [overlay in Overlay]: string } = { run: 'play-circle', plan: 'lightbulb', cache: 'history' };

function toTexts(overlay: Overlay): { readonly name: string; readonly title: string } {
  switch (overlay) {
    case 'run':
      return { name: t('State'), title: t('What the newest run has done') };
    case 'plan':
      return { name: t('Plan'), title: t('What a run would do now, and why') };
    case 'cache':
      return { name: t('Cache'), title: t('What reuse saves') };
  }
}

/** Which facts stand on the boxes, and whether the critical path is marked. */
export function OverlayChoice({
  overlay,
  onChoose,
  isCriticalPath,
  onCriticalPath,
}: {
  readonly overlay: Overlay;
  readonly onChoose: (overlay: Overlay) => void;
  readonly isCriticalPath: boolean;
  readonly onCriticalPath: (isOn: boolean) => void;
}): ReactNode {
  // One stop for the keyboard, as in any group of choices: arrows choose.
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = OVERLAYS.at((OVERLAYS.indexOf(overlay) + step) % OVERLAYS.length);
    if (next === undefined) return;
    onChoose(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-overlay=${next}]`)?.focus();
  };
  return (
    <div className="overlays">
      <span className="overlay-group" role="radiogroup" aria-label={t('Shown on the steps')} onKeyDown={onKeyDown}>
        {OVERLAYS.map((one) => (
          <button
            key={one}
            type="button"
            role="radio"
            title={toTexts(one).title}
            data-overlay={one}
            tabIndex={one === overlay ? 0 : -1}
            aria-checked={one === overlay}
            onClick={() => onChoose(one)}
          >
            <span className={`codicon codicon-${ICONS[one]}`} aria-hidden="true" /> {toTexts(one).name}
          </button>
        ))}
      </span>
      <span className="overlays-gap" aria-hidden="true" />
      <button
        type="button"
        title={t('The longest chain of steps, and by how much the others may be late')}
        aria-pressed={isCriticalPath}
        onClick={() => onCriticalPath(!isCriticalPath)}
      >
        <span className="codicon codicon-git-commit" aria-hidden="true" /> {t('Critical path')}
      </button>
    </div>
  );
}
