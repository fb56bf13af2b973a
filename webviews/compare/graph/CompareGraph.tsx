import { useMemo, type ReactNode } from 'react';
import type { DiffDocument } from '../../../rde-agent/protocol/comparisons.ts';
import { GraphCanvas } from '../../graph/GraphCanvas.tsx';
import type { KeptGraph } from '../../graph/graphProps.ts';
import { useStable } from '../../graph/useStable.ts';
import { toStepPath } from '../../protocol/stepPaths.ts';
import { t } from '../../protocol/words.ts';
import type { ComparePanelView } from '../comparePanelView.ts';
import { toCompareGraph } from './compareGraph.ts';
import { DIFFERENT, toCompareLooks } from './compareLooks.ts';
import { findTaskOf } from './stepChanges.ts';

interface CompareGraphProps {
  readonly diff: DiffDocument;
  readonly view: ComparePanelView;
  readonly onChange: (change: Partial<ComparePanelView>) => void;
  readonly onOpenCode: (step: string) => void;
}

/** Both runs on one graph. A step stands for its tasks: choosing it chooses the first that differs. */
export function CompareGraph({ diff, view, onChange, onOpenCode }: CompareGraphProps): ReactNode {
  const graph = useMemo(() => toCompareGraph(diff), [diff]);
  const looks = useMemo(() => toCompareLooks(diff), [diff]);
  const onKeep = useStable((kept: KeptGraph) => onChange({ graph: kept }));
  return (
    <div className="view">
      <GraphCanvas
        graph={graph}
        looks={looks}
        selected={view.selected === null ? null : toStepPath(view.selected)}
        kept={view.graph}
        onKeep={onKeep}
        onSelect={(path) => onChange({ selected: findTaskOf(diff, path) })}
        onOpen={(path) => onOpenCode(findTaskOf(diff, path))}
        sought={{ tones: DIFFERENT, text: t('Next step that differs') }}
      />
    </div>
  );
}
