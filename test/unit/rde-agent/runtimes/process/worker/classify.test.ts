import assert from 'node:assert/strict';
import { classifyExit, type SilentExit } from '../../../../../../rde-agent/runtimes/process/worker/classify.ts';

const EXIT: SilentExit = { status: null, signal: null, maxRss: 100, memory: null, outOfMemory: false };

describe('an exit without an answer', () => {
  const cases: readonly (readonly [string, Partial<SilentExit>, string, string])[] = [
    ['os._exit(3)', { status: 3 }, 'user', 'killed'],
    ['os._exit(0)', { status: 0 }, 'user', 'killed'],
    ['a crash in native code', { signal: 11 }, 'user', 'killed'],
    ['SIGKILL by somebody', { signal: 9 }, 'infrastructure', 'killed'],
    ['SIGKILL by the kernel for memory', { signal: 9, outOfMemory: true }, 'resource', 'out-of-memory'],
    ['SIGKILL at the limit', { signal: 9, memory: 100 }, 'resource', 'out-of-memory'],
    ['SIGKILL far below the limit', { signal: 9, memory: 1000 }, 'infrastructure', 'killed'],
    ['abort at the limit', { signal: 6, memory: 100 }, 'resource', 'out-of-memory'],
    ['abort without a limit', { signal: 6 }, 'user', 'killed'],
  ];
  for (const [name, exit, failure, code] of cases) {
    it(`${name}: ${failure}, ${code}`, () => {
      const found = classifyExit({ ...EXIT, ...exit });
      assert.deepEqual([found.failure, found.error.code], [failure, code]);
    });
  }
});
