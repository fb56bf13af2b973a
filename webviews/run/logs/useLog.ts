import { useEffect, useRef, useState } from 'react';
import type { FromRunPanel, ToRunPanel } from '../../protocol/runPanel.ts';
import type { PanelHost } from '../../shared/panelHost.ts';
import { LogBuffer } from './logBuffer.ts';

export interface FollowedLog {
  readonly buffer: LogBuffer;
  /** another number whenever the buffer has changed */
  readonly version: number;
}

/** The log of a task (`null` = of all), from its beginning and as it grows, for as long as it is shown. `run`: which run is shown. */
export function useLog(host: PanelHost<ToRunPanel, FromRunPanel>, run: string, step: string | null): FollowedLog {
  const buffer = useRef(new LogBuffer());
  const [log, setLog] = useState<FollowedLog>({ buffer: buffer.current, version: 0 });
  useEffect(() => {
    let due: number | undefined;
    buffer.current = new LogBuffer();
    const show = (): void => {
      due = undefined;
      setLog(({ version }) => ({ buffer: buffer.current, version: version + 1 }));
    };
    show();
    const stop = host.onMessage((message) => {
      if (message.type !== 'log' || message.step !== step) return;
      if (message.first) buffer.current = new LogBuffer();
      buffer.current.append(message);
      // However many messages come, the page is drawn once a frame.
      due ??= requestAnimationFrame(show);
    });
    host.post({ type: 'followLog', step });
    return () => {
      stop();
      if (due !== undefined) cancelAnimationFrame(due);
      host.post({ type: 'leaveLog' });
    };
  }, [host, run, step]);
  return log;
}
