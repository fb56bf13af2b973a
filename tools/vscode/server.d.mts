/** The real VS Code server that tests and `npm run ide` start. */
export const vscodeServer: { readonly name: string; isDone(): boolean; run(): Promise<void> };
/** The server's program; the step `vscodeServer` must be done. */
export const serverProgram: string;
