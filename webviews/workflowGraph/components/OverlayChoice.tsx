import type { KeyboardEvent, ReactNode } from 'react';
import type { Overlay } from '../../graph/looks/overlays.ts';
import { OVERLAYS } from '../panelView.ts';

const LOOKS: { readonly [overlay in Overlay]: { readonly name: string; readonly icon: string; readonly title: string } } = {
  run: { name: 'State', icon: 'play-circle', title: 'What the newest run has done' },
  plan: { name: 'Plan', icon: 'lightbulb', title: 'What a run would do now, and why' },
  cache: { name: 'Cache', icon: 'history', title: 'What reuse saves' },
};

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
      <span className="overlay-group" role="radiogroup" aria-label="Shown on the steps" onKeyDown={onKeyDown}>
        {OVERLAYS.map((one) => (
          <button
            key={one}
            type="button"
            role="radio"
            title={LOOKS[one].title}
            data-overlay={one}
            tabIndex={one === overlay ? 0 : -1}
            aria-checked={one === overlay}
            onClick={() => onChoose(one)}
          >
            <span className={`codicon codicon-${LOOKS[one].icon}`} aria-hidden="true" /> {LOOKS[one].name}
          </button>
        ))}
      </span>
      <span className="overlays-gap" aria-hidden="true" />
      <button
        type="button"
        title="The longest chain of steps, and by how much the others may be late"
        aria-pressed={isCriticalPath}
        onClick={() => onCriticalPath(!isCriticalPath)}
      >
        <span className="codicon codicon-git-commit" aria-hidden="true" /> Critical path
      </button>
    </div>
  );
}
