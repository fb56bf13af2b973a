import { toReading, type ColumnReading } from './cells.ts';
import type { ParquetColumn, ParquetFile } from './parquetFile.ts';
import type { ColumnStatistics } from './readerMessages.ts';

/** different values that are counted; past it nobody knows how many there are */
const MOST_DISTINCT = 1_000_000;
/** steps of a histogram */
const STEPS = 20;
/** characters of a least or greatest text */
const LONGEST = 200;
/** rows read at once */
const ROWS = 262_144;

type Comparable = number | bigint | string | boolean;

/** What the values of one column of the whole table are. Reads them once, for numbers twice. */
export async function collectStatistics(file: ParquetFile, column: ParquetColumn): Promise<ColumnStatistics> {
  const reading = toReading(column);
  const summary = new Summary(reading.family === 'number');
  await forEachValue(file, column.name, (value) => summary.add(value));
  const { nulls, min, max, mean, distinct } = summary;
  const toText = (value: Comparable | undefined): ColumnStatistics['min'] =>
    value === undefined || reading.family === 'other' ? null : reading.toCell(value, LONGEST);
  const counts = summary.canBin ? await countSteps(file, column.name, reading, Number(min), Number(max)) : [];
  return { nulls, min: toText(min), max: toText(max), mean, distinct, histogram: counts };
}

class Summary {
  nulls = 0;
  min: Comparable | undefined;
  max: Comparable | undefined;
  readonly #isNumber: boolean;
  readonly #seen = new Set<Comparable>();
  #overflown = false;
  #compared = false;
  #count = 0;
  #sum = 0;
  /** what adding has rounded away */
  #lost = 0;

  constructor(isNumber: boolean) {
    this.#isNumber = isNumber;
  }

  get mean(): number | null {
    const mean = (this.#sum + this.#lost) / this.#count;
    return this.#isNumber && Number.isFinite(mean) ? mean : null;
  }

  get distinct(): number | null {
    return this.#overflown || (this.#count > 0 && !this.#compared) ? null : this.#seen.size;
  }

  get canBin(): boolean {
    return this.#isNumber && this.#count > 0 && Number.isFinite(Number(this.min)) && Number.isFinite(Number(this.max));
  }

  add(value: unknown): void {
    if (value === null || value === undefined) {
      this.nulls += 1;
      return;
    }
    if (!isComparable(value)) {
      this.#count += 1;
      return;
    }
    this.#compared = true;
    this.#remember(value);
    if (Number.isNaN(value)) return;
    this.#count += 1;
    if (this.min === undefined || value < this.min) this.min = value;
    if (this.max === undefined || value > this.max) this.max = value;
    if (this.#isNumber) this.#addNumber(Number(value));
  }

  #addNumber(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  #remember(value: Comparable): void {
    if (this.#overflown) return;
    this.#seen.add(value);
    if (this.#seen.size <= MOST_DISTINCT) return;
    this.#overflown = true;
    this.#seen.clear();
  }
}

/** Counts in equal steps from least to greatest; of few whole numbers each has its own. */
async function countSteps(file: ParquetFile, name: string, { type }: ColumnReading, min: number, max: number): Promise<number[]> {
  const steps = min === max ? 1 : /^u?int/.test(type) && max - min < STEPS ? max - min + 1 : STEPS;
  const counts = new Array<number>(steps).fill(0);
  const width = (max - min) / steps;
  await forEachValue(file, name, (value) => {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) return;
    const step = width > 0 && Number.isFinite(width) ? Math.min(steps - 1, Math.floor((number - min) / width)) : 0;
    counts[step] = (counts[step] ?? 0) + 1;
  });
  return counts;
}

async function forEachValue(file: ParquetFile, name: string, act: (value: unknown) => void): Promise<void> {
  for (const { start, end } of file.groups)
    for (let from = start; from < end; from += ROWS)
      for (const value of await file.read(name, from, Math.min(end, from + ROWS))) act(value);
}

function isComparable(value: unknown): value is Comparable {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' || typeof value === 'boolean';
}
