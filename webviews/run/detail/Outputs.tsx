import { useEffect, useState, type ReactNode } from 'react';
import type { OutputRecord } from '../../../rde-agent/protocol/runEvents.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { FromRunPanel, PeekedMessage, ToRunPanel } from '../../protocol/runPanel.ts';
import { t } from '../../protocol/words.ts';
import { Figure } from '../../shared/Figure.tsx';
import { formatBytes, formatCount } from '../../shared/formatValues.ts';
import type { PanelHost } from '../../shared/panelHost.ts';

type Host = PanelHost<ToRunPanel, FromRunPanel>;

/** bytes up to which a file may be a picture that is drawn here, and a value is short enough to be read here */
const MOST_FIGURE = 2 * 1024 * 1024;
const MOST_VALUE = 512;

/** What a task gave: each with its size and a way to look at it; figures and short values at once. */
export function Outputs({ task, host }: { readonly task: TaskView; readonly host: Host }): ReactNode {
  const outputs = Object.entries(task.outputs);
  if (outputs.length === 0) return null;
  return (
    <section>
      <h3>{t('Outputs')}</h3>
      <ul className="outputs">
        {outputs.map(([port, output]) => (
          <li key={port}>
            <button
              type="button"
              className="link"
              aria-label={t('Show output {0} of {1}', port, task.id)}
              onClick={() => host.post({ type: 'showOutput', step: task.id, port })}
            >
              {port}
            </button>{' '}
            <span className="quiet">{toSizeText(output)}</span>
            {isPeeked(output) && <Peek key={`${task.id} ${output.digest}`} task={task.id} port={port} host={host} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function toSizeText({ type, rows, bytes }: OutputRecord): string {
  return [type, ...(rows === undefined ? [] : [t('{0} rows', formatCount(rows))]), formatBytes(bytes)].join(' · ');
}

function isPeeked({ type, bytes }: OutputRecord): boolean {
  return (type === 'file' && bytes <= MOST_FIGURE) || ((type === 'json' || type === 'metrics') && bytes <= MOST_VALUE);
}

function Peek({ task, port, host }: { readonly task: string; readonly port: string; readonly host: Host }): ReactNode {
  const [peeked, setPeeked] = useState<PeekedMessage | null>(null);
  useEffect(() => {
    const stop = host.onMessage((message) => {
      if (message.type === 'peeked' && message.step === task && message.port === port) setPeeked(message);
    });
    host.post({ type: 'peek', step: task, port });
    return stop;
  }, [host, task, port]);
  const content = peeked?.content ?? null;
  if (content === null) return null;
  if (content.kind === 'figure') return <Figure mime={content.mime} base64={content.base64} label={t('Figure {0} of {1}', port, task)} />;
  if (content.kind === 'json' || (content.kind === 'text' && content.text.length <= MOST_VALUE))
    return <Value text={content.text} label={t('Value of {0}', port)} />;
  return null;
}

/** Takes the focus: a long one is scrolled by keys too. */
function Value({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  return (
    <pre className="value" role="group" aria-label={label} tabIndex={0}>
      {text}
    </pre>
  );
}
