import type { KeyboardEvent, ReactNode } from 'react';
import type { DiffDocument, DiffStep } from '../../rde-agent/protocol/comparisons.ts';
import { t } from '../protocol/words.ts';
import { formatSeconds } from '../shared/formatValues.ts';
import { toDecisionWord, toStateWord } from '../shared/stateWords.ts';
import { Checkbox } from '../shared/ui/Checkbox.tsx';
import { VirtualRows } from '../shared/VirtualRows.tsx';
import { toChangeWords, toPairText, toTimeDelta } from './changes.ts';
import type { ComparePanelView } from './comparePanelView.ts';

const ROW_HEIGHT = 28;
/** from this column on they are numbers */
const FIRST_NUMBER = 4;

interface Pair<V> {
  readonly before: V;
  readonly after: V;
}

interface StepChangesProps {
  readonly diff: DiffDocument;
  readonly view: ComparePanelView;
  readonly onChange: (change: Partial<ComparePanelView>) => void;
  readonly onOpenCode: (step: string) => void;
}

/** Steps side by side: what differs in a word, states and times. Enter opens the code of one. What is chosen elsewhere is never left out. */
export function StepChanges({ diff, view, onChange, onOpenCode }: StepChangesProps): ReactNode {
  const rows = view.onlyDifferent ? diff.steps.filter((step) => !step.equal || step.step === view.selected) : diff.steps;
  const active = rows.findIndex((step) => step.step === view.selected);
  const chosen = rows[active];
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && chosen !== undefined) onOpenCode(chosen.step);
  };
  return (
    <div className="view">
      <div className="toolbar">
        <Checkbox label={t('Only what differs')} checked={view.onlyDifferent} onChange={(onlyDifferent) => onChange({ onlyDifferent })} />
      </div>
      {rows.length === 0 ? (
        <p className="quiet empty">{t('Every step gave the same from the same.')}</p>
      ) : (
        <VirtualRows
          label={t('Steps of both runs')}
          role="grid"
          className="steps"
          count={rows.length}
          rowHeight={ROW_HEIGHT}
          active={active}
          onMove={(index) => onChange({ selected: rows[index]?.step ?? null })}
          onKey={onKey}
          header={toTitles().map((title, column) => (
            <div key={column} role="columnheader" className={column < FIRST_NUMBER ? '' : 'number'}>
              {title}
            </div>
          ))}
          row={(index) => toLook(rows[index])}
        />
      )}
    </div>
  );
}

function toTitles(): readonly string[] {
  return [t('Step'), t('Differs in'), t('State'), t('Decision'), t('Time'), t('Change')];
}

function toLook(step: DiffStep | undefined) {
  if (step === undefined) return { content: null };
  const { before, after } = step.seconds;
  const content = (
    <>
      <div role="rowheader" className="name" title={step.step}>
        {step.step}
      </div>
      <div role="gridcell">{step.equal ? <span className="quiet">{t('equal')}</span> : toChangeWords(step).join(', ')}</div>
      <div role="gridcell" className={step.state.before === step.state.after ? 'quiet' : ''}>
        {toPairText(toWords(step.state, toStateWord))}
      </div>
      <div role="gridcell" className="quiet">
        {toPairText(toWords(step.decision, toDecisionWord))}
      </div>
      <div role="gridcell" className="number">
        {toPairText({ before: toTime(before), after: toTime(after) })}
      </div>
      <div role="gridcell" className="number">
        {toTimeDelta(step)}
      </div>
    </>
  );
  return { content, className: 'step-row' };
}

function toWords<S>(pair: Pair<S | null>, toWord: (one: S) => string): Pair<string | null> {
  const toOne = (one: S | null): string | null => (one === null ? null : toWord(one));
  return { before: toOne(pair.before), after: toOne(pair.after) };
}

function toTime(seconds: number | null): string | null {
  return seconds === null ? null : formatSeconds(seconds);
}
