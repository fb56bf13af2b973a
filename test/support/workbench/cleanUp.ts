import type { ShippedExtension } from './shippedExtension.ts';
import type { Workbench } from './workbench.ts';

/** What a suite has opened by now. */
interface Opened {
  readonly workbench: Workbench | undefined;
  readonly shipped: ShippedExtension | undefined;
  /** the window in front, where it is another than the first one */
  readonly inFront?: Pick<Workbench, 'screenshot'> | undefined;
}

/** Registers with the suite around it: a picture of each test that failed, and the end of windows and extension after the last one. */
export function cleanUpAfter(name: string, opened: () => Opened): void {
  afterEach(async function () {
    if (this.currentTest?.isFailed() !== true) return;
    const { inFront, workbench } = opened();
    const title = this.currentTest.title.replaceAll(/\W+/g, '-').slice(0, 60);
    await (inFront ?? workbench)?.screenshot(`${name}-failed-${title}`);
  });
  after(async () => {
    const { workbench, shipped } = opened();
    await workbench?.[Symbol.asyncDispose]();
    await shipped?.[Symbol.asyncDispose]();
  });
}
