/** The editor's side of a panel's wire, as VS Code (or the portal) gives it to the page. */
export interface PanelHost<To, From> {
  post(message: From): void;
  /** what this panel was last asked to keep: over a reload of the page, a closed tab group and a restarted window; unchecked */
  readonly kept: unknown;
  /** what a closed window makes this panel of again; replaces what was kept before */
  keep(state: object): void;
  onMessage(listener: (message: To) => void): () => void;
}

interface VsCodeApi {
  getState(): unknown;
  postMessage(message: unknown): void;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** May be called once a page: VS Code hands its API out only once. Messages of the host are trusted: only it can post into this frame's origin. */
export function acquirePanelHost<To, From>(): PanelHost<To, From> {
  const api = acquireVsCodeApi();
  const given = document.getElementById('root')?.dataset['state'];
  // The page is made anew whenever it comes back into sight: what it kept since is newer than what the host made it of.
  let kept: unknown = api.getState() ?? (given === undefined ? undefined : JSON.parse(given));
  api.setState(kept);
  return {
    post: (message) => api.postMessage(message),
    get kept(): unknown {
      return kept;
    },
    keep: (state) => {
      kept = state;
      api.setState(state);
    },
    onMessage: (listener) => {
      const receive = (event: MessageEvent<To>): void => {
        if (event.origin === window.origin) listener(event.data);
      };
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
  };
}
