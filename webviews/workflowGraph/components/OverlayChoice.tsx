import type { ReactNode } from 'react';
import type { Overlay } from '../../graph/looks/overlays.ts';
import { OVERLAYS } from '../panelView.ts';

const LOOKS: { readonly [overlay in Overlay]: { readonly name: string; readonly icon: string; readonly title: string } } = {
  run: { name: 'State', icon: 'play-circle', title: 'What the newest run has done' },
  plan: { name: 'Plan', icon: 'lightbulb', title: 'What a run would do now, and why' },
  cache: { name: 'Cache', icon: 'history', title: 'What reuse saves' },
};

/** Which facts stand on the boxes. */
export function OverlayChoice({
  overlay,
  onChoose,
}: {
  readonly overlay: Overlay;
  readonly onChoose: (overlay: Overlay) => void;
}): ReactNode {
  return (
    <div className="overlays" role="group" aria-label="Shown on the steps">
      {OVERLAYS.map((one) => (
        <button
          key={one}
          type="button"
          title={LOOKS[one].title}
          aria-label={`Show ${one}`}
          aria-pressed={one === overlay}
          onClick={() => onChoose(one)}
        >
          <span className={`codicon codicon-${LOOKS[one].icon}`} aria-hidden="true" /> {LOOKS[one].name}
        </button>
      ))}
    </div>
  );
}
