import { memo, type ReactNode } from 'react';
import { t } from '../protocol/words.ts';
import { toKindIcon } from './drawing/kindIcon.ts';
import type { SceneBox } from './drawing/scene.ts';
import { NO_LOOK, type NodeLook } from './graphModel.ts';

export interface NodeCardProps {
  readonly box: SceneBox;
  readonly look: NodeLook | undefined;
  readonly isSelected: boolean;
  readonly isFaint: boolean;
  readonly canExpand: boolean;
  readonly onSelect: (id: string) => void;
  readonly onOpen: (id: string) => void;
  readonly onToggle: (id: string) => void;
}

/** A box that is near enough to be read. What is on it is text; the reasons stand in the tip and in the detail. */
export const NodeCard = memo(function NodeCard(props: NodeCardProps): ReactNode {
  const { box, look = NO_LOOK, isSelected, isFaint, canExpand } = props;
  const { node } = box;
  return (
    <div
      id={`step-${node.id}`}
      className={`node${isFaint ? ' faint' : ''}`}
      role="option"
      aria-selected={isSelected}
      style={{ left: box.x, top: box.y, width: box.width, height: box.height }}
      onClick={() => props.onSelect(node.id)}
      onDoubleClick={() => props.onOpen(node.id)}
    >
      <div className={`card tone-${look.tone}${look.isMarked ? ' marked' : ''}`} title={toTip(box, look)}>
        <div className="card-line">
          <span className={`codicon codicon-${toKindIcon(box.node)}`} aria-hidden="true" />
          <b className="card-name">{node.label}</b>
          {look.count !== '' && <span className="count">{look.count}</span>}
          {canExpand && <Chevron icon="chevron-right" title={t('Expand (Space)')} onClick={() => props.onToggle(node.id)} />}
        </div>
        <div className="card-line card-module quiet">
          <span className="card-name">{node.name}</span>
          <span>{look.time}</span>
        </div>
        <div className="card-line">
          <span className={`look look-${look.tone}`}>
            <span className={`codicon codicon-${look.icon}`} aria-hidden="true" />
            <span>{look.text}</span>
          </span>
          <span className="grow" />
          {look.badge !== '' && <span className="badge">{look.badge}</span>}
        </div>
        <span className="sr-only">{look.note}</span>
      </div>
    </div>
  );
});

/** The title of an expanded workflow: what it holds is drawn over the rest of its box. */
export const GroupCard = memo(function GroupCard(props: Omit<NodeCardProps, 'canExpand'>): ReactNode {
  const { box, look = NO_LOOK, isSelected, isFaint } = props;
  const { node } = box;
  return (
    <div
      id={`step-${node.id}`}
      className={`group${isFaint ? ' faint' : ''}`}
      role="option"
      aria-selected={isSelected}
      style={{ left: box.x, top: box.y, width: box.width, height: box.height }}
    >
      <div
        className="group-head"
        title={toTip(box, look)}
        onClick={() => props.onSelect(node.id)}
        onDoubleClick={() => props.onToggle(node.id)}
      >
        <Chevron icon="chevron-down" title={t('Collapse (Space)')} onClick={() => props.onToggle(node.id)} />
        <b className="card-name">{node.label}</b>
        {look.count !== '' && <span className="count">{look.count}</span>}
        <span className={`look look-${look.tone}`}>
          <span className={`codicon codicon-${look.icon}`} aria-hidden="true" />
          <span>{look.text}</span>
        </span>
      </div>
    </div>
  );
});

/** For the pointer: the keyboard has Space, and a box is one thing to a screen reader. */
function Chevron({ icon, title, onClick }: { readonly icon: string; readonly title: string; readonly onClick: () => void }): ReactNode {
  return (
    <span
      className={`chevron codicon codicon-${icon}`}
      aria-hidden="true"
      title={title}
      onDoubleClick={(event) => event.stopPropagation()}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    />
  );
}

function toTip({ node }: SceneBox, look: NodeLook): string {
  return look.note === '' ? `${node.id} (${node.name})` : `${node.id}: ${look.note}`;
}
