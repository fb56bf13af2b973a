import { useState, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { toStateWord } from '../../../webviews/shared/stateWords.ts';
import type { RunSummary } from '../../protocol/documents.ts';
import { RUNS_SHOWN } from '../../protocol/runsView.ts';
import { Empty } from '../app/Empty.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { usePortal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { useRuns } from '../app/useFollowed.ts';
import { RunTable } from './RunTable.tsx';

/** runs of one more page */
const MORE = 50;
const STATES = ['all', 'running', 'succeeded', 'failed', 'cancelled'] as const;

/** All runs, newest first, live. */
export function RunsPage(): ReactNode {
  const runs = useRuns();
  const older = useOlder();
  const [workflow, setWorkflow] = useState('');
  const [state, setState] = useState<(typeof STATES)[number]>('all');
  const all = [...(runs?.runs ?? []), ...older.runs].filter((run) => run.parent === undefined);
  const shown = all.filter((run) => fits(run, workflow, state));
  return (
    <main className="page">
      <PageHead title={t('Runs')}>
        <input
          type="search"
          aria-label={t('Show workflows whose name has')}
          placeholder={t('Workflow')}
          value={workflow}
          onChange={(event) => setWorkflow(event.currentTarget.value)}
        />
        <select aria-label={t('State')} value={state} onChange={(event) => setState(toState(event.currentTarget.value))}>
          {STATES.map((name) => (
            <option key={name} value={name}>
              {name === 'all' ? t('every state') : toStateWord(name)}
            </option>
          ))}
        </select>
      </PageHead>
      {runs !== null && all.length === 0 && (
        <Empty icon="history" title={t('Nothing has run yet')}>
          <RouteLink to={{ kind: 'workflows' }} className="button primary">
            {t('Start a workflow')}
          </RouteLink>
        </Empty>
      )}
      {all.length > 0 && shown.length === 0 && <p className="quiet page-text">{t('None of these runs fits.')}</p>}
      {shown.length > 0 && <RunTable runs={shown} />}
      {all.length >= RUNS_SHOWN && !older.isEnd && (
        <p className="page-text">
          <button type="button" onClick={() => older.read(all.at(-1)?.run ?? '')}>
            {t('Show older runs')}
          </button>
        </p>
      )}
    </main>
  );
}

function fits(run: RunSummary, workflow: string, state: (typeof STATES)[number]): boolean {
  const hasState = state === 'all' || run.state === state || (state === 'running' && run.state === 'queued');
  return hasState && run.workflow.toLowerCase().includes(workflow.trim().toLowerCase());
}

function toState(text: string): (typeof STATES)[number] {
  return STATES.find((state) => state === text) ?? 'all';
}

/** Runs that are older than those that are followed, as far as somebody asked for them. */
function useOlder(): { readonly runs: readonly RunSummary[]; readonly isEnd: boolean; read(after: string): void } {
  const portal = usePortal();
  const [known, setKnown] = useState<{ readonly runs: readonly RunSummary[]; readonly isEnd: boolean }>({ runs: [], isEnd: false });
  const read = (after: string): void =>
    portal.attempt(t('Older runs'), async () => {
      const { runs } = await portal.link.request('run.list', { after, limit: MORE });
      setKnown((before) => ({ runs: [...before.runs, ...runs], isEnd: runs.length < MORE }));
    });
  return { ...known, read };
}
