import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { Filled } from '../../../webviews/shared/Filled.tsx';
import type { PushedWorkflow } from '../../protocol/portalDocuments.ts';
import type { WorkspaceView } from '../../protocol/workspaceView.ts';
import { Empty } from '../app/Empty.tsx';
import { ListHead, type ListColumn } from '../app/ListHead.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { usePortal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { toAgo, toMoment } from '../app/times.ts';
import { useWorkflows, useWorkspaces } from '../app/useFollowed.ts';
import { useMinutes } from '../app/useMinutes.ts';
import { startWorkflow } from '../dialogs/startWorkflow.tsx';

/** A workflow wherever it is known. */
interface KnownWorkflow {
  readonly name: string;
  readonly steps: number;
  readonly errors: number;
  readonly description: string;
  readonly pushed: PushedWorkflow | undefined;
  readonly roots: readonly string[];
}

/** Every workflow that can be started from here: those that were pushed, and those of open workspaces. */
export function WorkflowsPage(): ReactNode {
  const portal = usePortal();
  const pushed = useWorkflows();
  const workspaces = useWorkspaces();
  const known = pushed === null || workspaces === null ? null : toKnown(pushed.workflows, workspaces);
  return (
    <main className="page">
      <PageHead title={t('Workflows')} about={t('As they were pushed, and as they are saved in workspaces that are open.')} />
      {known?.length === 0 && (
        <Empty icon="type-hierarchy" title={t('No workflow is known to this agent')}>
          <p className="quiet">
            <Filled
              text={t('Open a workspace in the editor, or publish its workflows with {0}.')}
              parts={[<code key="push">cairn push</code>]}
            />
          </p>
        </Empty>
      )}
      {known !== null && known.length > 0 && (
        <table className="list">
          <caption className="sr-only">{t('Workflows')}</caption>
          <ListHead columns={toColumns()} />
          <tbody>
            {known.map((workflow) => (
              <WorkflowRow key={workflow.name} workflow={workflow} onStart={() => startWorkflow(portal, workflow.name)} />
            ))}
          </tbody>
        </table>
      )}
    </main>
  );
}

function toColumns(): readonly ListColumn[] {
  return [
    { title: t('Workflow') },
    { title: t('Steps'), kind: 'number' },
    { title: t('Pushed') },
    { title: t('Open in'), kind: 'wide' },
    { title: t('Actions'), kind: 'actions' },
  ];
}

function WorkflowRow({ workflow, onStart }: { readonly workflow: KnownWorkflow; readonly onStart: () => void }): ReactNode {
  const now = useMinutes();
  const { name, steps, errors, description, pushed, roots } = workflow;
  return (
    <tr>
      <th scope="row">
        <RouteLink to={{ kind: 'workflow', workflow: name }}>{name}</RouteLink>
        {description !== '' && <p className="quiet about">{description}</p>}
      </th>
      <td className="number">{steps}</td>
      <td className="when" title={pushed === undefined ? undefined : toMoment(pushed.at)}>
        {pushed === undefined ? '' : toAgo(pushed.at, now)}
      </td>
      <td className="path wide">
        {roots.join(', ')}
        {errors > 0 && (
          <span className="problem">
            {' '}
            <span className="codicon codicon-error" aria-hidden="true" /> {errors === 1 ? t('{0} error', errors) : t('{0} errors', errors)}
          </span>
        )}
      </td>
      <td className="row-actions">
        <button type="button" aria-label={t('Start {0}', name)} onClick={onStart}>
          {t('Start…')}
        </button>
      </td>
    </tr>
  );
}

function toKnown(pushed: readonly PushedWorkflow[], workspaces: readonly WorkspaceView[]): readonly KnownWorkflow[] {
  const known = new Map<string, KnownWorkflow>();
  for (const one of pushed)
    known.set(one.workflow, { name: one.workflow, steps: one.steps, errors: 0, description: '', pushed: one, roots: [] });
  for (const { root, workflows } of workspaces) {
    for (const { name, steps, errors, description } of workflows) {
      const before = known.get(name);
      known.set(name, { name, steps: steps.length, errors, description, pushed: before?.pushed, roots: [...(before?.roots ?? []), root] });
    }
  }
  return [...known.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
