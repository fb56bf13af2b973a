import type { PackedBlobs } from './packedBlobs.ts';

/** Messages between the store and its writer thread. Events are serialised by the sender. */
export interface WireAppend {
  readonly stream: string;
  readonly expected: number;
  readonly by: string;
  readonly tenant: string;
  readonly domain: string;
  readonly at: string;
  readonly events: readonly { readonly type: string; readonly version: number; readonly payload: string }[];
}

export interface WireTransaction {
  readonly appends: readonly WireAppend[];
  readonly blobs: readonly { readonly digest: string; readonly bytes: Uint8Array }[];
  /** damaged blobs to remove */
  readonly drop: readonly string[];
  readonly request: { readonly key: string; readonly body: string; readonly response: string } | undefined;
}

/** As it goes to the writer thread. */
export type SentTransaction = Omit<WireTransaction, 'blobs'> & { readonly blobs: PackedBlobs | null };

export interface WireBatch {
  readonly id: number;
  readonly transactions: readonly SentTransaction[];
}

export type WireResult =
  /** position of the first event of the transaction; the others follow densely */
  | { readonly kind: 'committed'; readonly position: number }
  | { readonly kind: 'conflict'; readonly stream: string; readonly last: number }
  | { readonly kind: 'failed'; readonly message: string };

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly code: 'state-newer' | 'state-damaged'; readonly message: string }
  /** `seconds`: of the COMMIT alone, which is the fsync */
  | { readonly kind: 'results'; readonly id: number; readonly results: readonly WireResult[]; readonly seconds: number }
  /** `problem` null = the copy is whole and on the disk */
  | { readonly kind: 'copied'; readonly problem: string | null }
  | { readonly kind: 'closed' };

export type ToWriter =
  | { readonly kind: 'commit'; readonly batch: WireBatch }
  /** one at a time; commits go on meanwhile */
  | { readonly kind: 'copy'; readonly to: string }
  | { readonly kind: 'close' };

export interface WriterData {
  readonly path: string;
  /** check all pages first: the last use did not end cleanly */
  readonly check: boolean;
  /** see protocol/faults.ts */
  readonly fault: string | undefined;
}
