import { crc32 } from 'node:zlib';

export interface ZipEntry {
  /** relative, with `/` */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** 0o644 or 0o755 */
  readonly mode: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** midnight of 1 January 1980, the first moment that the format knows */
const TIME = 0;
const DATE = 0x0021;
/** names are UTF-8 */
const UTF8 = 0x0800;
const VERSION = 20;
const UNIX = 3;
const REGULAR = 0o100000;
const LARGEST = 0xffff_ffff;
const MOST = 0xffff;

/**
 * A zip archive of these entries in their order. Stored without compression, with one fixed time: equal entries give equal bytes with every
 * version of every tool. Throws RangeError for what needs the format's 64-bit form.
 */
export function toZip(entries: readonly ZipEntry[]): Uint8Array {
  const named = entries.map((entry) => ({ ...entry, name: Buffer.from(entry.path, 'utf8'), checksum: crc32(entry.bytes) }));
  const locals = named.reduce((sum, { name, bytes }) => sum + LOCAL_BYTES + name.length + bytes.length, 0);
  const central = named.reduce((sum, { name }) => sum + CENTRAL_BYTES + name.length, 0);
  if (locals + central > LARGEST || named.length > MOST)
    throw new RangeError(`an archive of ${named.length} files and ${locals} bytes is too large`);
  const archive = Buffer.alloc(locals + central + END_BYTES);
  let at = 0;
  let directory = locals;
  for (const { name, bytes, checksum, mode } of named) {
    writeCentral(archive, directory, { name, size: bytes.length, checksum, mode, offset: at });
    directory += CENTRAL_BYTES + name.length;
    archive.writeUInt32LE(LOCAL, at);
    writeShared(archive, at + 4, { name, size: bytes.length, checksum });
    archive.set(name, at + LOCAL_BYTES);
    archive.set(bytes, at + LOCAL_BYTES + name.length);
    at += LOCAL_BYTES + name.length + bytes.length;
  }
  archive.writeUInt32LE(END, directory);
  archive.writeUInt16LE(named.length, directory + 8);
  archive.writeUInt16LE(named.length, directory + 10);
  archive.writeUInt32LE(central, directory + 12);
  archive.writeUInt32LE(locals, directory + 16);
  return archive;
}

interface Header {
  readonly name: Uint8Array;
  readonly size: number;
  readonly checksum: number;
}

/** From the version that is needed to the length of the extra field: 26 bytes that both headers have. */
function writeShared(archive: Buffer, at: number, { name, size, checksum }: Header): void {
  archive.writeUInt16LE(VERSION, at);
  archive.writeUInt16LE(UTF8, at + 2);
  archive.writeUInt16LE(TIME, at + 6);
  archive.writeUInt16LE(DATE, at + 8);
  archive.writeUInt32LE(checksum, at + 10);
  archive.writeUInt32LE(size, at + 14);
  archive.writeUInt32LE(size, at + 18);
  archive.writeUInt16LE(name.length, at + 22);
}

function writeCentral(archive: Buffer, at: number, header: Header & { readonly mode: number; readonly offset: number }): void {
  archive.writeUInt32LE(CENTRAL, at);
  archive.writeUInt16LE((UNIX << 8) | VERSION, at + 4);
  writeShared(archive, at + 6, header);
  archive.writeUInt32LE(((REGULAR | header.mode) << 16) >>> 0, at + 38);
  archive.writeUInt32LE(header.offset, at + 42);
  archive.set(header.name, at + CENTRAL_BYTES);
}
