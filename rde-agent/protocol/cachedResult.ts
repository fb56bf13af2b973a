import type { Digest } from '../../language/model/names.ts';
import type { KeyParts } from './keyParts.ts';
import type { LineageRecord, OutputRecord, TaskId } from './runEvents.ts';

/** A published result that can be reused, as far as deciding and explaining need it. */
export interface CachedResult {
  readonly id: string;
  readonly key: Digest;
  /** see `toCandidateKey`; absent in results of before it was recorded */
  readonly candidate?: Digest;
  /** blob with the Trace of the execution; absent = only an equal key may reuse it */
  readonly trace?: Digest;
  /** the trace names files outside of everything declared: they are looked at before every reuse, by an equal key too */
  readonly outside?: true;
  readonly parts: KeyParts;
  readonly producer: { readonly run: string; readonly task: TaskId };
  readonly outputs: { readonly [port: string]: OutputRecord };
  readonly metrics: { readonly [name: string]: number };
  readonly lineage: readonly LineageRecord[];
  /** measured by the producer */
  readonly seconds: number;
  /** RFC 3339 */
  readonly at: string;
}
