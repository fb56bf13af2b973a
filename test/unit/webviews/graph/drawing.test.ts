import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toAnchored, toArea, toFit, toOpening, toReveal } from '../../../../webviews/graph/drawing/camera.ts';
import { fitText } from '../../../../webviews/graph/drawing/fitText.ts';
import { SpatialIndex } from '../../../../webviews/graph/drawing/spatialIndex.ts';

describe('the index of what is where', () => {
  const number = fc.integer({ min: -1000, max: 1000 });
  const size = fc.integer({ min: 0, max: 300 });
  const box = fc.tuple(number, number, size, size);

  it('finds exactly what touches an area', () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 400 }), box, (boxes, [x, y, width, height]) => {
        const index = new SpatialIndex(Float64Array.from(boxes.flatMap(([left, top, w, h]) => [left, top, left + w, top + h])));
        const area = { left: x, top: y, right: x + width, bottom: y + height };
        const expected = boxes.flatMap(([left, top, w, h], at) =>
          left <= area.right && top <= area.bottom && left + w >= area.left && top + h >= area.top ? [at] : [],
        );
        assert.deepEqual(Array.from(index.find(area)), expected);
      }),
      { numRuns: 200 },
    );
  });

  it('of nothing finds nothing', () => {
    assert.equal(new SpatialIndex(new Float64Array()).find({ left: 0, top: 0, right: 1, bottom: 1 }).length, 0);
  });
});

describe('the camera', () => {
  const frame = { width: 800, height: 600 };

  it('opens with the whole picture where that can be read, else readable where it begins', () => {
    assert.equal(toOpening(frame, 400, 300, undefined).k, 1);
    const large = toOpening(frame, 20_000, 9000, { x: 10_000 });
    const area = toArea(large, frame);
    assert.ok(large.k >= 0.55 && area.left < 10_000 && area.right > 10_000 && area.top <= 0);
    assert.ok(toFit(frame, 20_000, 9000).k < 0.05);
  });

  it('shows all of a box that is asked for, and moves for none that is in sight', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5000, max: 5000 }),
        fc.integer({ min: -5000, max: 5000 }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        (x, y, k) => {
          const box = { x, y, width: 228, height: 74 };
          const shown = toReveal({ x: 0, y: 0, k }, frame, box, true);
          const area = toArea(shown, frame);
          assert.ok(area.left <= x && area.top <= y && area.right >= x + box.width && area.bottom >= y + box.height);
          assert.equal(toReveal(shown, frame, box, true), shown);
        },
      ),
    );
  });

  it('holds a box where it is when the picture around it is another', () => {
    const camera = toAnchored({ x: 10, y: 20, k: 0.5 }, { x: 100, y: 200 }, { x: 340, y: 40 });
    assert.deepEqual([camera.x + 340 * camera.k, camera.y + 40 * camera.k], [10 + 50, 20 + 100]);
  });
});

describe('a text in a box', () => {
  const canvas = { font: '13px sans', measureText: (text: string) => ({ width: Array.from(text).length * 10 }) };

  it('is cut to what fits, at whole letters', () => {
    assert.equal(fitText(canvas, 'short', 50), 'short');
    assert.equal(fitText(canvas, 'a longer text', 60), 'a lon…');
    assert.equal(fitText(canvas, '👩‍🔬👩‍🔬👩‍🔬', 30).endsWith('…'), true);
    assert.equal(fitText(canvas, 'text', 5), '…');
  });
});
