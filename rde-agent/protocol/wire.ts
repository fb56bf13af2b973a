/** The session under JSON-RPC 2.0 on one WebSocket (wire.md). */

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = 'cairn.v1';

/** Stated defaults; going past one is refused with `limit-exceeded`, or closes the socket where framing itself is abused. */
export const LIMITS = {
  /** bytes of one frame; bigger things are blobs over HTTP */
  frame: 1_048_576,
  requestsInFlight: 256,
  subscriptions: 64,
  /** bytes waiting for a slow client; past it, actions are dropped and a `gap` is sent in their place */
  buffered: 8_388_608,
  /** actions kept for resuming a subscription that is not a durable stream */
  ring: 1024,
  /** seconds that a nonce is valid, once */
  nonce: 30,
  connections: 256,
} as const;

/** First request on a socket. The agent answers what it chose; an unsupported version is refused with `protocol-unsupported`. */
export interface HelloParams {
  readonly versions: readonly number[];
  /** `cli`, `extension`, `test`; for the log */
  readonly client: string;
}
export interface HelloResult {
  readonly version: number;
  readonly agent: string;
  readonly roles: readonly ('workspace' | 'run')[];
  /** changes with every start of the agent: positions of non-durable subscriptions are meaningless across it */
  readonly epoch: string;
}

/** Methods that are the session itself and not in the registry of operations. */
export const SESSION = {
  hello: 'session.hello',
  subscribe: 'session.subscribe',
  unsubscribe: 'session.unsubscribe',
  /** notification agent → client */
  actions: 'session.actions',
} as const;

export interface Since {
  readonly epoch: string;
  readonly seq: number;
}

/** `uri`: `run:/<id>`, `runs:/`, `clusters:/`, `schedules:/`, `workflows:/`, `workspace:/<percent-encoded absolute root>`. */
export interface SubscribeParams {
  readonly uri: string;
  /** answer only what is missing since, if that is still known */
  readonly since?: Since;
}

/** Either a whole state, or the actions missing since; `seq` is the position after it. */
export type SubscribeResult =
  | { readonly kind: 'snapshot'; readonly epoch: string; readonly seq: number; readonly state: unknown }
  | { readonly kind: 'actions'; readonly epoch: string; readonly seq: number; readonly actions: readonly unknown[] };

/**
 * Numbered actions. `from` is the number of the first, so a receiver knows what it has seen and what it missed.
 * `durable: false` = shown at once, its commit is under way; a notification with `actions: []` and `durable: true` confirms
 * everything up to `from - 1`. `gap` = actions up to `from - 1` were dropped for this client: subscribe again.
 */
export interface ActionsParams {
  readonly uri: string;
  readonly from: number;
  readonly actions: readonly unknown[];
  readonly durable: boolean;
  readonly gap?: true;
}

/** JSON-RPC error data: the code from the table of errors. JSON-RPC's own `code` is -32000, or -32800 for cancelled. */
export interface ErrorData {
  readonly code: string;
  readonly next: string;
}

export function toRunUri(run: string): string {
  return `run:/${run}`;
}

export function toWorkspaceUri(root: string): string {
  return `workspace:/${encodeURIComponent(root)}`;
}

export const RUNS_URI = 'runs:/';
export const CLUSTERS_URI = 'clusters:/';
export const SCHEDULES_URI = 'schedules:/';
export const WORKFLOWS_URI = 'workflows:/';

/** `GET /nonce` answers `{ nonce }`; the upgrade then carries `Authorization: Cairn <nonce>.<hex hmac-sha256(key, nonce)>`. */
export const AUTH_SCHEME = 'Cairn';

/** The agent's lock file in the state folder, mode 0600. */
export interface LockFile {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  readonly protocol: number;
  /** RFC 3339 */
  readonly started: string;
}
export const LOCK_FILE = 'agent.json';
export const KEY_FILE = 'key';
export const AGENT_LOG_FILE = 'agent.log';
