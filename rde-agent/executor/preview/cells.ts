import type { PreviewCell } from '../../protocol/previewDocument.ts';
import type { ParquetColumn, SchemaElement } from './parquetFile.ts';

/** How the values of a column are told and compared. */
export interface ColumnReading {
  /** in the words of contracts: `int64`, `timestamp[us]` */
  readonly type: string;
  readonly family: 'number' | 'time' | 'text' | 'boolean' | 'other';
  toCell(value: unknown, longest: number): PreviewCell;
}

const PHYSICAL: { readonly [type: string]: string } = {
  BOOLEAN: 'bool',
  INT32: 'int32',
  INT64: 'int64',
  INT96: 'timestamp[ns]',
  FLOAT: 'float32',
  DOUBLE: 'float64',
  BYTE_ARRAY: 'binary',
  FIXED_LEN_BYTE_ARRAY: 'binary',
};
const CONVERTED: { readonly [type: string]: string } = {
  UTF8: 'string',
  ENUM: 'string',
  JSON: 'string',
  DATE: 'date32',
  INT_8: 'int8',
  INT_16: 'int16',
  INT_32: 'int32',
  INT_64: 'int64',
  UINT_8: 'uint8',
  UINT_16: 'uint16',
  UINT_32: 'uint32',
  UINT_64: 'uint64',
  TIMESTAMP_MILLIS: 'timestamp[ms]',
  TIMESTAMP_MICROS: 'timestamp[us]',
  TIME_MILLIS: 'time32[ms]',
  TIME_MICROS: 'time64[us]',
};
const UNITS: { readonly [unit: string]: string } = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' };
const DIGITS: { readonly [unit: string]: number } = { ms: 3, us: 6, ns: 9 };

export function toReading({ element, isNested }: ParquetColumn): ColumnReading {
  const type = isNested ? 'nested' : toType(element);
  const unit = /^timestamp\[(ms|us|ns)/.exec(type)?.[1];
  if (unit !== undefined) {
    const digits = DIGITS[unit] ?? 3;
    const zone = type.includes('tz=') ? 'Z' : '';
    return { type, family: 'time', toCell: (value) => toTime(value, digits, zone) };
  }
  if (type === 'date32') return { type, family: 'time', toCell: toDay };
  if (type.startsWith('decimal')) return { type, family: 'number', toCell: (value) => toDecimal(value, element.scale ?? 0) };
  if (type === 'string') return { type, family: 'text', toCell };
  if (type === 'bool') return { type, family: 'boolean', toCell };
  return { type, family: /^(u?int|float)/.test(type) ? 'number' : 'other', toCell };
}

function toType({ type, converted_type: converted, logical_type: logical, precision, scale }: SchemaElement): string {
  if (converted === 'DECIMAL') return `decimal128(${String(precision ?? 0)}, ${String(scale ?? 0)})`;
  switch (logical?.type) {
    case 'STRING':
      return 'string';
    case 'UUID':
      return 'uuid';
    case 'FLOAT16':
      return 'float16';
    case 'TIMESTAMP':
      return `timestamp[${UNITS[logical.unit] ?? 'ms'}${logical.isAdjustedToUTC ? ', tz=UTC' : ''}]`;
    default:
      return (converted === undefined ? undefined : CONVERTED[converted]) ?? PHYSICAL[type ?? ''] ?? 'binary';
  }
}

/** Any value as JSON holds it. What JSON has no word for is text. */
function toCell(value: unknown, longest: number): PreviewCell {
  switch (typeof value) {
    case 'string':
      return cutText(value, longest);
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return isExact(value) ? Number(value) : value.toString();
    case 'object':
      if (value === null) return null;
      if (value instanceof Uint8Array) return cutText(`0x${Buffer.from(value.subarray(0, longest)).toString('hex')}`, longest);
      return cutText(toJsonText(value), longest);
    default:
      return null;
  }
}

function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // Never half of a character.
  const end = /[\ud800-\udbff]/.test(text[longest - 2] ?? '') ? longest - 2 : longest - 1;
  return `${text.slice(0, end)}…`;
}

function isExact(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}

function toJsonText(value: object): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return isExact(item) ? Number(item) : item.toString();
    return ArrayBuffer.isView(item) ? Array.from(item as Uint8Array) : item;
  });
}

function toDecimal(value: unknown, scale: number): PreviewCell {
  return typeof value === 'number' && Number.isFinite(value) ? Number(value.toFixed(Math.min(scale, 20))) : toCell(value, 100);
}

function toDay(days: unknown): PreviewCell {
  if (typeof days !== 'number') return null;
  const time = new Date(days * 86_400_000);
  return Number.isNaN(time.getTime()) ? `${String(days)} days` : time.toISOString().slice(0, 10);
}

/** RFC 3339 with all digits that the file has; without a zone where the column has none. */
function toTime(value: unknown, digits: number, zone: string): PreviewCell {
  if (typeof value !== 'bigint' && typeof value !== 'number') return null;
  const unit = 10n ** BigInt(digits);
  const whole = BigInt(value);
  const fraction = ((whole % unit) + unit) % unit;
  const time = new Date(Number((whole - fraction) / unit) * 1000);
  if (Number.isNaN(time.getTime())) return whole.toString();
  const seconds = time.toISOString().slice(0, -'.000Z'.length);
  return fraction === 0n ? `${seconds}${zone}` : `${seconds}.${fraction.toString().padStart(digits, '0')}${zone}`;
}
