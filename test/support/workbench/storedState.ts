import type { Page } from 'playwright-core';

/** Whether the editor, which writes its state every few seconds, has written one value with all of `texts` by now. */
export function isStored(page: Page, ...texts: readonly string[]): Promise<boolean> {
  return page.evaluate(async (wanted) => {
    const finish = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(String(request.error)));
      });
    const isWanted = (value: unknown): boolean =>
      typeof value === 'string' && wanted.every((text) => value.replaceAll('\\', '').includes(text));
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await finish(indexedDB.open(name));
      for (const store of [...database.objectStoreNames]) {
        const values = await finish<unknown[]>(database.transaction(store).objectStore(store).getAll());
        if (values.some(isWanted)) {
          database.close();
          return true;
        }
      }
      database.close();
    }
    return false;
  }, texts);
}
