import { readFileSync } from 'node:fs';
import type { Context } from 'mocha';
import type { ErrorDocument } from '../../../rde-agent/protocol/documents.ts';
import type { Studio } from './studio.ts';

const LOCK = new URL('../../python/requirements.lock', import.meta.url);

/** An environment with pandas, pyarrow, polars and scikit-learn, as the tests of the runner have it. */
export function toDataEnvironment(): { readonly [path: string]: string } {
  return {
    'environments/data.environment.yaml': "environment: data\npython: '>=3.10,<3.15'\nlock: data.lock\n",
    'environments/data.lock': readFileSync(LOCK, 'utf8'),
  };
}

/**
 * Makes the environments of a workspace ready. Where that is impossible for want of a Python or of packages, the suite is skipped with that
 * reason, unless `CAIRN_REQUIRE` has the word `python`.
 */
export async function prepareOrSkip(context: Context, studio: Studio, env: { readonly [name: string]: string } = {}): Promise<void> {
  const { code, err } = await studio.cairn(['build', '--json'], env);
  if (code === 0) return;
  const { error } = JSON.parse(err.trimEnd().split('\n').at(-1) ?? '') as ErrorDocument;
  const isAbsent = error.code === 'python-missing' || error.code === 'environment-failed';
  const isRequired = (process.env['CAIRN_REQUIRE'] ?? '').split(',').includes('python');
  if (!isAbsent || isRequired) throw new Error(`${error.code}: ${error.message}`);
  console.log(`  python: ${error.message}`);
  context.skip();
}
