/** A value in Thrift's compact form: fields by number, in order. */
type Field = readonly [id: number, value: Value];
type Value =
  | { readonly kind: 'i32' | 'i64'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly items: readonly Value[] };

const TYPES = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const;

const i32 = (value: number): Value => ({ kind: 'i32', value });
const i64 = (value: number): Value => ({ kind: 'i64', value });
const text = (value: string): Value => ({ kind: 'text', value });
const struct = (...fields: readonly Field[]): Value => ({ kind: 'struct', fields });
const list = (...items: readonly Value[]): Value => ({ kind: 'list', items });

/** What a file says of itself, true or not. */
export interface ParquetClaims {
  /** bytes of the only page as they stand in the file */
  readonly page?: Uint8Array;
  /** default: those of the numbers 1, 2, 3 */
  readonly pageValues?: number;
  readonly pageSize?: number;
  readonly encoding?: number;
  /** 0 = none, 6 = zstd */
  readonly codec?: number;
  readonly rows?: number;
  readonly groupRows?: number;
  readonly columnSize?: number;
  readonly pageOffset?: number;
  /** instead of a root with one column of whole numbers: number of children of each element, and their names */
  readonly schema?: readonly { readonly name: string; readonly children?: number }[];
  /** instead of its true length */
  readonly footerLength?: number;
}

/** A Parquet file with one column `n` of 64-bit numbers 1, 2, 3, or one that lies about it. */
export function writeParquet(claims: ParquetClaims = {}): Buffer {
  const numbers = Buffer.from(new BigInt64Array([1n, 2n, 3n]).buffer);
  const { page = numbers, rows = 3, codec = 0, encoding = 0 } = claims;
  const header = encode(
    struct(
      [1, i32(0)],
      [2, i32(claims.pageSize ?? page.length)],
      [3, i32(page.length)],
      [5, struct([1, i32(claims.pageValues ?? 3)], [2, i32(encoding)], [3, i32(3)], [4, i32(3)])],
    ),
  );
  const body = Buffer.concat([Buffer.from('PAR1'), header, page]);
  const size = claims.columnSize ?? header.length + page.length;
  const column = struct(
    [1, i32(2)],
    [2, list(i32(encoding))],
    [3, list(text('n'))],
    [4, i32(codec)],
    [5, i64(rows)],
    [6, i64(size)],
    [7, i64(size)],
    [9, i64(claims.pageOffset ?? 4)],
  );
  const group = struct([1, list(struct([2, i64(0)], [3, column]))], [2, i64(size)], [3, i64(claims.groupRows ?? rows)]);
  const footer = encode(struct([1, i32(1)], [2, list(...toSchema(claims.schema))], [3, i64(rows)], [4, list(group)]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(claims.footerLength ?? footer.length);
  return Buffer.concat([body, footer, length, Buffer.from('PAR1')]);
}

function toSchema(schema: ParquetClaims['schema']): readonly Value[] {
  if (schema === undefined) return [struct([4, text('root')], [5, i32(1)]), struct([1, i32(2)], [3, i32(0)], [4, text('n')])];
  return schema.map(({ name, children }) =>
    children === undefined ? struct([1, i32(2)], [3, i32(0)], [4, text(name)]) : struct([3, i32(0)], [4, text(name)], [5, i32(children)]),
  );
}

function encode(value: Value): Buffer {
  switch (value.kind) {
    case 'i32':
    case 'i64':
      return toVarint((BigInt(value.value) << 1n) ^ (value.value < 0 ? -1n : 0n));
    case 'text': {
      const bytes = Buffer.from(value.value);
      return Buffer.concat([toVarint(BigInt(bytes.length)), bytes]);
    }
    case 'list': {
      const { items } = value;
      const type = TYPES[items[0]?.kind ?? 'i32'];
      const head =
        items.length < 15
          ? Buffer.from([(items.length << 4) | type])
          : Buffer.concat([Buffer.from([0xf0 | type]), toVarint(BigInt(items.length))]);
      return Buffer.concat([head, ...items.map(encode)]);
    }
    case 'struct': {
      let last = 0;
      const fields = value.fields.map(([id, field]) => {
        const head = Buffer.from([((id - last) << 4) | TYPES[field.kind]]);
        last = id;
        return Buffer.concat([head, encode(field)]);
      });
      return Buffer.concat([...fields, Buffer.from([0])]);
    }
  }
}

function toVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let left = BigInt.asUintN(64, value); ; left >>= 7n) {
    if (left < 0x80n) return Buffer.from([...bytes, Number(left)]);
    bytes.push(Number(left & 0x7fn) | 0x80);
  }
}
