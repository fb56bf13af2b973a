/** The editor's side of a panel's wire, as VS Code (or the portal) gives it to the page. */
export interface PanelHost<To, From> {
  post(message: From): void;
  /** what a closed window makes this panel of again */
  keep(state: object): void;
  onMessage(listener: (message: To) => void): () => void;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** May be called once a page: VS Code hands its API out only once. Messages of the host are trusted: only it can post into this frame's origin. */
export function acquirePanelHost<To, From>(): PanelHost<To, From> {
  const api = acquireVsCodeApi();
  const state = document.getElementById('root')?.dataset['state'];
  // What the host makes this panel of again after the window was closed.
  if (state !== undefined) api.setState(JSON.parse(state));
  return {
    post: (message) => api.postMessage(message),
    keep: (kept) => api.setState(kept),
    onMessage: (listener) => {
      const receive = (event: MessageEvent<To>): void => {
        if (event.origin === window.origin) listener(event.data);
      };
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
  };
}
