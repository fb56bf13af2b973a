import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import { findCriticalPath, toTimedSteps, type CriticalPath } from '../../graph/criticalPath.ts';
import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { Button } from '../../shared/ui/Button.tsx';
import { Dropdown } from '../../shared/ui/Dropdown.tsx';
import { useNow } from '../../shared/useNow.ts';
import { VirtualRows } from '../../shared/VirtualRows.tsx';
import type { RunPanelView } from '../runPanelView.ts';
import { Bars } from './Bars.tsx';
import { toAxisEnd, toLaneRows, toStepRows, toTicks, type TimelineRow } from './timeline.ts';

const ROW_HEIGHT = 26;
/** pixels of the names, and between two marks of the axis */
const NAMES = 210;
const TICK = 110;
const MOST_ZOOM = 64;
const ZOOMS: { readonly [key: string]: number } = { '+': 2, '=': 2, '-': 0.5, '0': 1 / MOST_ZOOM };

interface TimelineProps {
  readonly run: RunView;
  readonly view: RunPanelView;
  readonly onChange: (change: Partial<RunPanelView>) => void;
  /** the line that a task failed at, of any other its code */
  readonly onOpen: (task: string) => void;
  readonly onOpenLog: (task: string) => void;
}

/** When each task waited and ran, and which chain of steps the run could not have been faster than. */
export function Timeline({ run, view, onChange, onOpen, onOpenLog }: TimelineProps): ReactNode {
  const isRunning = run.finished === null;
  const now = useNow(isRunning);
  const [zoom, setZoom] = useState(1);
  const [frame, width] = useWidth();
  const seconds = isRunning ? Math.max(0, (now - Date.parse(run.submitted)) / 1000) : run.seconds;
  const end = toAxisEnd(seconds, isRunning);
  const axis = { end, now: seconds, width: Math.max(120, (width - NAMES - 16) * zoom), isRunning };
  const critical = useCriticalPath(run);
  const { rows, expanded } = useRows(run, view, critical);
  const active = rows.findIndex((row) => isChosen(row, view.selected));
  const toggle = (row: TimelineRow | undefined, open: boolean): void => {
    if (row?.expanded === undefined || row.expanded === open) return;
    onChange({ expanded: open ? [...expanded, row.key] : [...expanded].filter((one) => one !== row.key) });
  };
  const zoomBy = (factor: number): void => setZoom((before) => Math.min(MOST_ZOOM, Math.max(1, before * factor)));
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && view.selected !== null) (event.altKey ? onOpenLog : onOpen)(view.selected);
    else if (event.key in ZOOMS) zoomBy(ZOOMS[event.key] ?? 1);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') toggle(rows[active], event.key === 'ArrowRight');
  };
  return (
    <div className="view" ref={frame}>
      <div className="toolbar">
        <Dropdown
          label={t('Rows')}
          labelHidden
          value={view.lanes}
          options={[
            { value: 'steps', label: t('By step') },
            { value: 'lanes', label: t('By cluster') },
          ]}
          onChange={(lanes) => onChange({ lanes })}
        />
        <span className="quiet critical-line" role="status" title={toCriticalText(critical)}>
          {toCriticalText(critical)}
        </span>
        <Legend run={run} />
        <Zoom zoom={zoom} onZoom={zoomBy} />
      </div>
      <VirtualRows
        label={t('Timeline of the run')}
        role="treegrid"
        className="timeline"
        count={rows.length}
        rowHeight={ROW_HEIGHT}
        width={NAMES + axis.width + 16}
        active={active}
        onMove={(index) => onChange({ selected: toChosen(rows[index]) })}
        onKey={onKey}
        header={<AxisHead end={end} width={axis.width} />}
        row={(index) => toLook(rows[index], axis, { selected: view.selected, onChange, toggle })}
      />
    </div>
  );
}

interface Axis {
  readonly end: number;
  readonly now: number;
  readonly width: number;
  readonly isRunning: boolean;
}

function useRows(run: RunView, view: RunPanelView, critical: CriticalPath) {
  const expanded = useMemo(() => new Set(view.expanded), [view.expanded]);
  const rows = useMemo(
    () => (view.lanes === 'lanes' ? toLaneRows(run) : toStepRows(run, expanded, new Set(critical.path))),
    [run, view.lanes, expanded, critical],
  );
  return { rows, expanded };
}

/** As of the newest event: what runs still is counted up to then. */
function useCriticalPath(run: RunView): CriticalPath {
  return useMemo(() => findCriticalPath(toTimedSteps(run, toLatest(run))), [run]);
}

function toLatest(run: RunView): number {
  return Object.values(run.tasks).reduce((latest, { started, finished }) => {
    const at = Date.parse(finished ?? started ?? run.submitted);
    return Math.max(latest, at);
  }, Date.parse(run.submitted));
}

function toCriticalText({ path, seconds }: CriticalPath): string {
  return path.length === 0 ? t('Nothing has taken time yet.') : t('Critical path {0}: {1}', formatSeconds(seconds), path.join(' → '));
}

function Zoom({ zoom, onZoom }: { readonly zoom: number; readonly onZoom: (factor: number) => void }): ReactNode {
  return (
    <span className="zoom">
      <Button kind="icon" icon="zoom-out" label={t('Zoom out')} disabled={zoom <= 1} onPress={() => onZoom(0.5)} />
      <Button kind="icon" icon="zoom-in" label={t('Zoom in')} disabled={zoom >= MOST_ZOOM} onPress={() => onZoom(2)} />
    </span>
  );
}

const KINDS = ['waited', 'ran', 'reused', 'failed', 'retried'] as const;

function toKindWord(kind: (typeof KINDS)[number]): string {
  switch (kind) {
    case 'waited':
      return t('waited');
    case 'ran':
      return t('ran');
    case 'reused':
      return t('reused');
    case 'failed':
      return t('failed');
    case 'retried':
      return t('tried again');
  }
}

/** What is not in the run is not explained: hardly any run has a task that was tried again. */
function Legend({ run }: { readonly run: RunView }): ReactNode {
  const isRetried = useMemo(() => Object.values(run.tasks).some((task) => task.earlier !== undefined), [run]);
  return (
    <span className="legend quiet" aria-hidden="true">
      {KINDS.filter((kind) => kind !== 'retried' || isRetried).map((kind) => (
        <span key={kind}>
          <i className={`swatch bar-${kind}`} /> {toKindWord(kind)}
        </span>
      ))}
    </span>
  );
}

function AxisHead({ end, width }: { readonly end: number; readonly width: number }): ReactNode {
  return (
    <>
      <div role="columnheader" className="name">
        {t('Step')}
      </div>
      <div role="columnheader" className="axis" aria-label={t('Time')}>
        {toTicks(end, width / TICK).map((at) => (
          <span key={at} className="tick" style={{ left: `${(100 * at) / end}%` }}>
            {at === 0 ? '0' : formatSeconds(at)}
          </span>
        ))}
      </div>
    </>
  );
}

interface RowActs {
  readonly selected: string | null;
  readonly onChange: (change: Partial<RunPanelView>) => void;
  readonly toggle: (row: TimelineRow, open: boolean) => void;
}

function toLook(row: TimelineRow | undefined, axis: Axis, { selected, onChange, toggle }: RowActs) {
  if (row === undefined) return { content: null };
  const { expanded } = row;
  const content = (
    <>
      <div role="rowheader" className="name" title={row.label} style={{ paddingLeft: 16 + 14 * (row.level - 1) }}>
        {expanded !== undefined && (
          <span
            className={`fold codicon codicon-chevron-${expanded ? 'down' : 'right'}`}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              toggle(row, !expanded);
            }}
          />
        )}
        <span className="name-text">{row.label}</span>
        {row.count > 1 && <span className="quiet">×{row.count}</span>}
        {row.critical && (
          <span
            className="codicon codicon-flame critical-icon"
            role="img"
            aria-label={t('on the critical path')}
            title={t('On the critical path')}
          />
        )}
      </div>
      <div role="gridcell" className="track">
        <Bars row={row} axis={axis} selected={selected} onChoose={(task) => onChange({ selected: task })} />
      </div>
    </>
  );
  return { content, expanded, level: row.level, className: row.critical ? 'timeline-row critical' : 'timeline-row' };
}

/** A row of several stands for the first of them that failed, else for the first. */
function toChosen(row: TimelineRow | undefined): string | null {
  const failed = row?.bars.find((bar) => bar.state === 'failed' && bar.past === undefined);
  return row?.task ?? failed?.task ?? row?.bars[0]?.task ?? null;
}

function isChosen(row: TimelineRow, selected: string | null): boolean {
  if (selected === null) return false;
  if (row.task !== null) return row.task === selected;
  return row.expanded !== true && row.bars.some((bar) => bar.task === selected);
}

/** The width of what there is, as it changes. */
function useWidth(): readonly [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
