/** A column of a result as the server describes it. */
interface DescribedColumn {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

const NUMERIC = 1700;

/** Arrow names of the types whose text form Arrow reads back without loss; by the server's fixed type ids. */
const ARROW: ReadonlyMap<number, string> = new Map([
  [16, 'bool'],
  [17, 'binary'],
  [20, 'int64'],
  [21, 'int16'],
  [23, 'int32'],
  [25, 'string'],
  [26, 'uint32'],
  [114, 'string'],
  [700, 'float32'],
  [701, 'float64'],
  [1042, 'string'],
  [1043, 'string'],
  [1082, 'date32'],
  [1083, 'time64[us]'],
  [1114, 'timestamp[us]'],
  [1184, 'timestamp[us, tz=UTC]'],
  [2950, 'string'],
  [3802, 'string'],
]);

/** Types that the source tells, by column. A type that is not among them arrives as text and is read as what is declared. */
export function toColumnTypes(columns: readonly DescribedColumn[]): { readonly [column: string]: string } {
  return Object.fromEntries(columns.flatMap((column) => toArrow(column).map((type): [string, string] => [column.name, type])));
}

function toArrow({ dataTypeID, dataTypeModifier }: DescribedColumn): readonly string[] {
  const type = dataTypeID === NUMERIC ? toDecimal(dataTypeModifier) : ARROW.get(dataTypeID);
  return type === undefined ? [] : [type];
}

/** `numeric(p, s)`; one without precision can hold anything, so that what is declared has to decide. */
function toDecimal(modifier: number): string | undefined {
  if (modifier < 4) return undefined;
  const precision = ((modifier - 4) >> 16) & 0xffff;
  // Eleven bits with sign, since scales may be negative.
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  if (scale < 0 || scale > precision || precision > 76) return undefined;
  return `${precision > 38 ? 'decimal256' : 'decimal128'}(${String(precision)}, ${String(scale)})`;
}
