import assert from 'node:assert/strict';
import { Emitter } from '../../../../extension/agent/emitter.ts';

describe('the emitter', () => {
  it('tells the others when one listener throws', () => {
    const errors: unknown[] = [];
    const heard: number[] = [];
    const emitter = new Emitter<number>((error) => errors.push(error));
    emitter.event(() => {
      throw new Error('broken');
    });
    emitter.event((value) => heard.push(value));
    emitter.fire(1);
    assert.deepEqual([heard, errors.length], [[1], 1]);
  });

  it('tells nobody who has left, also while it tells', () => {
    const heard: string[] = [];
    const emitter = new Emitter<void>(() => undefined);
    const second = { dispose: (): void => undefined };
    emitter.event(() => second.dispose());
    second.dispose = emitter.event(() => void heard.push('second')).dispose;
    emitter.fire();
    emitter.fire();
    assert.equal(heard.length, 1);
  });
});
