import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { FromWorker, FromZygote, ToWorker, ToZygote } from '../../../../rde-agent/protocol/runner.ts';

const channels = { toZygote: ToZygote, fromZygote: FromZygote, toWorker: ToWorker, fromWorker: FromWorker };

const Example = z.object({
  channel: z.enum(['toZygote', 'fromZygote', 'toWorker', 'fromWorker']),
  valid: z.boolean(),
  note: z.string(),
  message: z.unknown(),
});

function readExamples(): z.infer<typeof Example>[] {
  const text = readFileSync(new URL('../../../fixtures/runner/messages.jsonl', import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => Example.parse(JSON.parse(line)));
}

/** `test/python/runner_wire_test.py` holds the same lines against what the Python side accepts and sends. */
describe('runner messages', () => {
  for (const { channel, valid, note, message } of readExamples()) {
    it(`${channel}: ${valid ? 'takes' : 'refuses'} ${note}`, () => {
      assert.equal(channels[channel].safeParse(message).success, valid);
    });
  }
});
