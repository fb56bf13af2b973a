import type { Domain } from '../../../language/model/dataset.ts';
import type { Recorded } from '../../protocol/runEvents.ts';
import type { PositionedEvent, StoreEvent } from '../store.ts';
import { upcast } from '../upcast.ts';
import type { Row } from './database.ts';

export function toRecorded(row: Row): Recorded<StoreEvent> {
  return {
    seq: Number(row['seq']),
    at: String(row['at']),
    by: String(row['by']),
    scope: { tenant: String(row['tenant']), domain: String(row['domain']) as Domain },
    event: upcast(String(row['type']), Number(row['version']), String(row['payload'])),
  };
}

export function toPositionedRow(row: Row): PositionedEvent {
  return { position: Number(row['position']), stream: String(row['stream']), recorded: toRecorded(row) };
}
