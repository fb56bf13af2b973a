import type { Plugin } from 'esbuild';
export function workerCode(options: { readonly target: string; readonly minify: boolean }): Plugin;
