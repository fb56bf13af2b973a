import type { ActionsParams } from '../protocol/wire.ts';

/** actions of one message: an action may be some kilobytes, and a frame has a limit */
const MOST = 32;

export interface GatheredActions {
  publish(params: ActionsParams): void;
  /** Sends what waits. */
  flush(): void;
}

interface Waiting {
  readonly uri: string;
  readonly from: number;
  readonly actions: unknown[];
  readonly durable: boolean;
}

/**
 * Joins actions of one state that follow one another within a turn of the event loop: a step that ends, the next that starts and the worker that
 * it got are one message instead of three, each of which would wake whoever follows. Order and numbers stay as they are.
 */
export function gatherActions(send: (params: ActionsParams) => void): GatheredActions {
  const waiting = new Map<string, Waiting>();
  let turn: NodeJS.Immediate | undefined;
  const flushUri = (uri: string): void => {
    const found = waiting.get(uri);
    if (found === undefined) return;
    waiting.delete(uri);
    send(found);
  };
  const flush = (): void => {
    clearImmediate(turn);
    turn = undefined;
    for (const uri of [...waiting.keys()]) flushUri(uri);
  };
  return {
    publish(params) {
      const { uri, from, actions, durable } = params;
      const before = waiting.get(uri);
      const follows = before?.durable === durable && before.from + before.actions.length === from;
      if (before !== undefined && follows && actions.length > 0) before.actions.push(...actions);
      else {
        flushUri(uri);
        // A confirmation, or what says that something was dropped, stands by itself.
        if (actions.length === 0 || params.gap === true) return send(params);
        waiting.set(uri, { uri, from, actions: [...actions], durable });
        turn ??= setImmediate(flush);
      }
      if ((waiting.get(uri)?.actions.length ?? 0) >= MOST) flushUri(uri);
    },
    flush,
  };
}
