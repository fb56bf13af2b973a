import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type ReactNode, type UIEvent } from 'react';
import type { FromRunPanel, ToRunPanel } from '../../protocol/runPanel.ts';
import { t } from '../../protocol/words.ts';
import { formatCount } from '../../shared/formatValues.ts';
import type { PanelHost } from '../../shared/panelHost.ts';
import { Button } from '../../shared/ui/Button.tsx';
import { Checkbox } from '../../shared/ui/Checkbox.tsx';
import { Dropdown } from '../../shared/ui/Dropdown.tsx';
import { TextField } from '../../shared/ui/TextField.tsx';
import type { RunPanelView } from '../runPanelView.ts';
import { toLineParts, type LogBuffer } from './logBuffer.ts';
import { useLog } from './useLog.ts';

const LINE_HEIGHT = 18;

interface LogsProps {
  readonly host: PanelHost<ToRunPanel, FromRunPanel>;
  readonly run: string;
  readonly view: RunPanelView;
  readonly onChange: (change: Partial<RunPanelView>) => void;
}

/** What tasks print, as they print it: of the selection or of all. Lines that name a place in the code lead there. */
export function Logs({ host, run, view, onChange }: LogsProps): ReactNode {
  const step = view.logOf === 'all' ? null : view.selected;
  const { buffer, version } = useLog(host, run, step);
  const find = useFind(buffer, version);
  return (
    <div className="view">
      <div className="toolbar">
        <Dropdown
          label={t('Whose log')}
          labelHidden
          value={step === null ? 'all' : 'selected'}
          options={[
            { value: 'all' as const, label: t('All steps') },
            ...(view.selected === null ? [] : [{ value: 'selected' as const, label: view.selected }]),
          ]}
          onChange={(logOf) => onChange({ logOf })}
        />
        <FindBar find={find} onWalk={() => onChange({ follow: false })} />
        <Checkbox label={t('Follow')} checked={view.follow} onChange={(follow) => onChange({ follow })} />
        {step !== null && (
          <Button
            kind="icon"
            icon="go-to-file"
            label={t('Open the log in an editor')}
            onPress={() => host.post({ type: 'showLog', step })}
          />
        )}
      </div>
      <Lines
        buffer={buffer}
        version={version}
        wanted={find.wanted}
        current={find.current}
        namesSteps={step === null}
        follow={view.follow}
        onFollow={(follow) => follow !== view.follow && onChange({ follow })}
        onOpen={(index) => host.post({ type: 'openLogPlace', line: index + buffer.dropped })}
      />
    </div>
  );
}

interface Find {
  readonly wanted: string;
  /** indices of lines */
  readonly found: readonly number[];
  /** the line that is looked at */
  readonly current: number | undefined;
  search(text: string): void;
  /** to the next (1) or the one before (-1), round and round */
  walk(by: number): void;
}

function useFind(buffer: LogBuffer, version: number): Find {
  const [wanted, setWanted] = useState('');
  const [at, setAt] = useState(0);
  // The buffer is changed in place: its version says when.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const found = useMemo(() => buffer.find(wanted), [buffer, version, wanted]);
  const current = found.length === 0 ? undefined : found[((at % found.length) + found.length) % found.length];
  const search = (text: string): void => {
    setWanted(text);
    setAt(0);
  };
  return { wanted, found, current, search, walk: (by) => setAt((before) => before + by) };
}

function FindBar({ find, onWalk }: { readonly find: Find; readonly onWalk: () => void }): ReactNode {
  const { wanted, found, current } = find;
  const walk = (by: number): void => {
    onWalk();
    find.walk(by);
  };
  return (
    <>
      <TextField
        label={t('Find in the log')}
        labelHidden
        placeholder={t('Find')}
        icon="search"
        value={wanted}
        onChange={find.search}
        onEnter={() => walk(1)}
        onEscape={() => find.search('')}
      />
      {wanted !== '' && (
        <>
          <span className="quiet" role="status">
            {found.length === 0
              ? t('Not found')
              : t('{0} of {1}', formatCount(found.indexOf(current ?? -1) + 1), formatCount(found.length))}
          </span>
          <Button kind="icon" icon="arrow-up" label={t('Previous')} disabled={found.length === 0} onPress={() => walk(-1)} />
          <Button kind="icon" icon="arrow-down" label={t('Next')} disabled={found.length === 0} onPress={() => walk(1)} />
        </>
      )}
    </>
  );
}

interface LinesProps {
  readonly buffer: LogBuffer;
  readonly version: number;
  readonly wanted: string;
  /** the line that was found last */
  readonly current: number | undefined;
  readonly namesSteps: boolean;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onOpen: (index: number) => void;
}

function Lines({ buffer, version, wanted, current, namesSteps, follow, onFollow, onOpen }: LinesProps): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: buffer.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  useEffect(() => {
    if (follow && buffer.count > 0) virtualizer.scrollToIndex(buffer.count - 1, { align: 'end' });
    // The newest line is in sight whenever lines have come.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [follow, version]);
  useEffect(() => {
    if (current !== undefined) virtualizer.scrollToIndex(current, { align: 'center' });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [current]);
  /** Who scrolls up wants to read; who is at the end again wants to see what comes. */
  const onScroll = ({ currentTarget }: UIEvent<HTMLDivElement>): void => {
    const isAtEnd = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < LINE_HEIGHT;
    if (isAtEnd) onFollow(true);
  };
  const note = toNote(buffer);
  return (
    <>
      {buffer.dropped > 0 && (
        <p className="notice quiet">{t('{0} earlier lines are not shown here: cairn logs has them.', formatCount(buffer.dropped))}</p>
      )}
      <div
        ref={scroller}
        className="lines"
        role="log"
        aria-live="off"
        aria-label={t('Log')}
        tabIndex={0}
        onScroll={onScroll}
        onWheel={(event) => event.deltaY < 0 && onFollow(false)}
        onKeyDown={(event) => ['ArrowUp', 'PageUp', 'Home'].includes(event.key) && onFollow(false)}
      >
        <div className="lines-body" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => (
            <Line
              key={item.key}
              buffer={buffer}
              index={item.index}
              top={item.start}
              wanted={wanted}
              isCurrent={item.index === current}
              namesSteps={namesSteps}
              onOpen={onOpen}
            />
          ))}
        </div>
        {note !== '' && <p className={buffer.problem === '' ? 'quiet end' : 'end'}>{note}</p>}
      </div>
    </>
  );
}

function toNote(buffer: LogBuffer): string {
  if (buffer.problem !== '') return t('The log cannot be read on: {0}', buffer.problem);
  if (buffer.count > 0) return '';
  return buffer.isDone ? t('Nothing was written.') : t('Nothing has been written yet.');
}

interface LineProps {
  readonly buffer: LogBuffer;
  readonly index: number;
  readonly top: number;
  readonly wanted: string;
  readonly isCurrent: boolean;
  readonly namesSteps: boolean;
  readonly onOpen: (index: number) => void;
}

function Line({ buffer, index, top, wanted, isCurrent, namesSteps, onOpen }: LineProps): ReactNode {
  const line = buffer.lineAt(index);
  if (line === undefined) return null;
  return (
    <div
      className={`log-line${line.stream === 'err' ? ' log-error' : ''}${isCurrent ? ' log-current' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className="log-number quiet" aria-hidden="true">
        {index + 1 + buffer.dropped}
      </span>
      {namesSteps && <span className="log-step quiet">{line.step}</span>}
      <span className="log-text">
        {toLineParts(line.text, wanted).map(({ kind, text }, part) => {
          if (kind === 'found') return <mark key={part}>{text}</mark>;
          if (kind === 'text') return text;
          return (
            <button key={part} type="button" className="link place" title={t('Open the code')} onClick={() => onOpen(index)}>
              {text}
            </button>
          );
        })}
      </span>
    </div>
  );
}
