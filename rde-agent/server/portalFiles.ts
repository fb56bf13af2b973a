import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PortalFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: { readonly [ending: string]: string } = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  ttf: 'font/ttf',
};

/** Headers of every answer: nothing is kept, guessed, framed or told to other places. */
export const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/**
 * The files of the bundle. They are found by their names in its folder, which are listed and read when they are first asked for, so no name
 * of a request is ever part of a path.
 */
export function createPortalFiles(folder: string): { isComplete(): boolean; read(name: string): PortalFile | undefined } {
  let files: ReadonlyMap<string, PortalFile> | undefined;
  const load = (): ReadonlyMap<string, PortalFile> => (files ??= readFolder(folder));
  return { isComplete: () => load().has('portal.js'), read: (name) => load().get(name) };
}

function readFolder(folder: string): ReadonlyMap<string, PortalFile> {
  const names = listNames(folder);
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
      return type === undefined ? [] : [[name, { type, bytes: readFileSync(join(folder, name)) }] as const];
    }),
  );
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a checkout that was not built has no portal
  }
}

/** The one page. Its policy lets in our own files, the one script with the nonce, and the socket of the host that the page came from. */
export function toPage(host: string): { readonly html: string; readonly policy: string } {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    'worker-src blob:',
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Cairn</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/portal/portal.css">
</head>
<body class="vscode-body">
<div id="root"></div>
<script nonce="${nonce}" src="/portal/portal.js"></script>
</body>
</html>`;
  return { html, policy };
}
