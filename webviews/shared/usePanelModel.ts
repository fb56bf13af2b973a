import { useEffect, useState } from 'react';
import type { PanelHost } from './panelHost.ts';

type ModelMessage<M> = { readonly type: 'model'; readonly model: M } | { readonly type: 'changed'; readonly model: Partial<M> };

/** The panel's model: asks for the whole when the page is ready, then applies what changes. `null` until the first answer. */
export function usePanelModel<M>(host: PanelHost<ModelMessage<M> | { readonly type: string }, { readonly type: 'ready' }>): M | null {
  const [model, setModel] = useState<M | null>(null);
  useEffect(() => {
    const stop = host.onMessage((message) => {
      if (isModelMessage<M>(message))
        setModel((before) => (message.type === 'model' ? message.model : before === null ? null : { ...before, ...message.model }));
    });
    host.post({ type: 'ready' });
    return stop;
  }, [host]);
  return model;
}

/** Other messages of the same wire have listeners of their own. */
function isModelMessage<M>(message: ModelMessage<M> | { readonly type: string }): message is ModelMessage<M> {
  return message.type === 'model' || message.type === 'changed';
}
