import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { context } from 'esbuild';
import { z } from 'zod';

/**
 * Thread of row 2 (b): one esbuild context of a whole tree in a service process of its own, so that its garbage is not collected
 * at the cost of the other contestant. A message `{ file, text, mark }` = one edit; the answer is the milliseconds of the rebuild.
 */
const { root, entry, outfile } = z.object({ root: z.string(), entry: z.string(), outfile: z.string() }).parse(workerData);
const Edit = z.object({ file: z.string(), text: z.string(), mark: z.string() });

const whole = await context({
  entryPoints: [entry], bundle: true, write: false, metafile: true, platform: 'node', format: 'esm', logLevel: 'silent', absWorkingDir: root,
  sourcemap: 'external', minifySyntax: true, minifyWhitespace: true, outfile, tsconfigRaw: '{}',
}); // prettier-ignore
await whole.rebuild();

async function rebuild(message: unknown): Promise<number> {
  const { file, text, mark } = Edit.parse(message);
  writeFileSync(file, text);
  const began = performance.now();
  const { outputFiles } = await whole.rebuild();
  const took = performance.now() - began;
  if (!outputFiles.some(({ contents }) => Buffer.from(contents).includes(mark))) throw new Error('the edit is not in the bundle');
  return took;
}

parentPort?.on('message', (message: unknown) => {
  if (message === 'end') void whole.dispose().then(() => parentPort?.close());
  else void rebuild(message).then((took) => parentPort?.postMessage(took));
});
parentPort?.postMessage('ready');
