import { readFileSync } from 'node:fs';
import { readContent } from './contentReader.ts';
import type { ReaderAnswer, ReaderRequest } from './readerMessages.ts';

/**
 * The process that opens content of unknown origin: one request on stdin, one answer on stdout. It may read one file, write none and start
 * nothing; its memory and time are limited by whoever started it.
 */
async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(0, 'utf8')) as ReaderRequest;
  process.stdout.write(JSON.stringify(await answer(request)));
}

async function answer(request: ReaderRequest): Promise<ReaderAnswer> {
  try {
    return await readContent(request);
  } catch (error) {
    return { kind: 'opaque', reason: error instanceof Error ? error.message.slice(0, 500) : 'it cannot be read' };
  }
}

void main();
