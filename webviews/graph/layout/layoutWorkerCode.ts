/**
 * `layoutWorker.ts` as one text. The build puts it here (tools/build/workerCode.mjs): a page of the editor may load a worker only from
 * what it holds itself. Where nothing is built there is no text, and layouts are made on the page's own thread.
 */
export const layoutWorkerCode: string = '';
