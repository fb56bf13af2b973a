import type { PanelHost } from '../../../webviews/shared/panelHost.ts';

/** A panel's host in the same page: what the editor is to a webview. */
export interface LocalHost<To, From> extends PanelHost<To, From> {
  send(message: To): void;
}

/** `name` = what is kept is kept under it, for this tab of the browser. Nothing is answered before the panel listens. */
export function createLocalHost<To, From>(name: string, onPost: (message: From) => void): LocalHost<To, From> {
  const listeners = new Set<(message: To) => void>();
  let kept = readKept(name);
  return {
    send: (message) => listeners.forEach((listener) => listener(message)),
    // As in the editor, an answer never comes before the panel has gone on.
    post: (message) => queueMicrotask(() => onPost(message)),
    get kept(): unknown {
      return kept;
    },
    keep: (state) => {
      kept = state;
      window.sessionStorage.setItem(name, JSON.stringify(state));
    },
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function readKept(name: string): unknown {
  try {
    return JSON.parse(window.sessionStorage.getItem(name) ?? 'null') ?? undefined;
  } catch {
    return undefined; // not of ours
  }
}
