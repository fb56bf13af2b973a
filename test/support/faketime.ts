import { existsSync, readdirSync, writeFileSync } from 'node:fs';

/** The library of Debian's `libfaketime`; `undefined` = not installed. */
export function findFaketime(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/usr/lib')
    .map((name) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
    .find((path) => existsSync(path));
}

/** A wall clock of its own for processes that get its variables; monotonic clocks stay what they are. */
export class FakeClock {
  readonly #file: string;
  readonly env: { readonly [name: string]: string };

  constructor(library: string, file: string) {
    this.#file = file;
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      TZ: 'UTC',
    };
    this.shift(0);
  }

  /** The real time and so many seconds. */
  shift(seconds: number): void {
    writeFileSync(this.#file, `${seconds < 0 ? '' : '+'}${String(seconds)}\n`);
  }

  /** For processes that are started from now on it goes on from this time (UTC, RFC 3339 to the second). */
  startAt(time: string): void {
    writeFileSync(this.#file, `@${toText(time)}\n`);
  }

  /** It stands still. */
  freeze(time: string): void {
    writeFileSync(this.#file, `${toText(time)}\n`);
  }
}

function toText(time: string): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}
