import { useEffect, type ReactNode } from 'react';
import type { PreviewDocument } from '../../rde-agent/protocol/previewDocument.ts';
import type { DataPanelModel, FromDataPanel, ToDataPanel } from '../protocol/dataPanel.ts';
import { t } from '../protocol/words.ts';
import { Figure } from '../shared/Figure.tsx';
import { Filled } from '../shared/Filled.tsx';
import { formatBytes, formatCount, formatNumber, shortenRunIds } from '../shared/formatValues.ts';
import { OfflineNotice } from '../shared/OfflineNotice.tsx';
import type { PanelHost } from '../shared/panelHost.ts';
import { ProblemText } from '../shared/ProblemText.tsx';
import { usePanelModel } from '../shared/usePanelModel.ts';
import { TablePreview } from './TablePreview.tsx';

type Host = PanelHost<ToDataPanel, FromDataPanel>;
type Content = PreviewDocument['content'];

/** One output of one task: a table by pages with what is known of its columns, a picture, text; or why it cannot be shown. */
export function DataPanel({ host }: { readonly host: Host }): ReactNode {
  const model = usePanelModel<DataPanelModel>(host);
  const { run, step, port } = model ?? {};
  useEffect(() => {
    if (run !== undefined) host.keep({ run, step, port });
  }, [host, run, step, port]);
  if (model === null) return <p className="quiet waiting">{t('Reading the output…')}</p>;
  const { preview, problem, link } = model;
  return (
    <main className="panel data">
      <OfflineNotice link={link} />
      <Header model={model} onShowRun={() => host.post({ type: 'showRun' })} />
      {problem !== null && <ProblemText problem={problem} onAgain={() => host.post({ type: 'again' })} />}
      {problem === null && preview === null && <p className="quiet waiting">{t('Reading the output…')}</p>}
      {preview !== null && <ContentView content={preview.content} name={`${model.step}.${model.port}`} host={host} />}
    </main>
  );
}

function Header({ model, onShowRun }: { readonly model: DataPanelModel; readonly onShowRun: () => void }): ReactNode {
  const { run, step, port, preview } = model;
  return (
    <header>
      <h1>
        {step} <span className="quiet">· {port}</span>
      </h1>
      <p className="line">
        {preview !== null && <span>{toSize(preview)}</span>}
        <span className="quiet">
          <Filled
            text={t('of run {0}')}
            parts={[
              <button key="run" type="button" className="link" onClick={onShowRun}>
                {shortenRunIds(run)}
              </button>,
            ]}
          />
        </span>
      </p>
    </header>
  );
}

function toSize({ type, bytes, content }: PreviewDocument): string {
  const shape = content.kind === 'table' ? [t('{0} rows', formatCount(content.rows)), t('{0} columns', content.columns.length)] : [];
  return [type, ...shape, formatBytes(bytes)].join(' · ');
}

function ContentView({ content, name, host }: { readonly content: Content; readonly name: string; readonly host: Host }): ReactNode {
  switch (content.kind) {
    case 'table':
      return <TablePreview table={content} name={name} host={host} />;
    case 'figure':
      return (
        <div className="content">
          <Figure mime={content.mime} base64={content.base64} label={t('Figure {0}', name)} />
        </div>
      );
    case 'text':
    case 'json':
      return <TextView text={content.text} cut={content.cut} name={name} />;
    case 'metrics':
      return <Metrics metrics={content.metrics} />;
    case 'files':
      return <Files files={content.files} cut={content.cut} />;
    case 'opaque':
      return (
        <p className="content quiet">
          <span className="codicon codicon-lock" aria-hidden="true" /> {content.reason}
        </p>
      );
  }
}

function TextView({ text, cut, name }: { readonly text: string; readonly cut: boolean; readonly name: string }): ReactNode {
  return (
    <>
      {cut && <p className="notice quiet">{t('Only the beginning is shown.')}</p>}
      <pre className="whole" tabIndex={0} aria-label={t('Content of {0}', name)}>
        {text}
      </pre>
    </>
  );
}

function Metrics({ metrics }: { readonly metrics: { readonly [name: string]: number } }): ReactNode {
  const entries = Object.entries(metrics);
  if (entries.length === 0) return <p className="content quiet">{t('No metric was given.')}</p>;
  return (
    <dl className="content pairs">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="number">{formatNumber(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

type FilesContent = Extract<Content, { kind: 'files' }>;

function Files({ files, cut }: Pick<FilesContent, 'files' | 'cut'>): ReactNode {
  if (files.length === 0) return <p className="content quiet">{t('The folder is empty.')}</p>;
  return (
    <div className="content scrolled" tabIndex={0} role="region" aria-label={t('Files')}>
      {cut && <p className="quiet">{t('Only the first {0} files are shown.', formatCount(files.length))}</p>}
      <dl className="pairs">
        {files.map(({ path, bytes }) => (
          <div key={path}>
            <dt>{path}</dt>
            <dd className="number">{formatBytes(bytes)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
