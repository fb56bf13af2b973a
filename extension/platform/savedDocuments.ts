import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import * as vscode from 'vscode';

/** milliseconds after which a save has certainly reached the index by itself */
const RECENT = 10_000;

/** What was saved a moment ago: a run that is started now must hold exactly these contents. */
export class SavedDocuments implements vscode.Disposable {
  readonly #saved = new Map<string, number>();
  readonly #listening: vscode.Disposable;

  constructor() {
    this.#listening = vscode.workspace.onDidSaveTextDocument((document) => void this.#saved.set(document.uri.fsPath, Date.now()));
  }

  /** Saves every changed document under `root`, and answers path → sha256 of what was saved lately. */
  async settle(root: string): Promise<{ readonly [path: string]: string }> {
    const isInside = (path: string): boolean => path.startsWith(root + sep);
    const dirty = vscode.workspace.textDocuments.filter((document) => document.isDirty && isInside(document.uri.fsPath));
    for (const document of dirty) await document.save();
    return this.recent(root);
  }

  /** Path → sha256 of what was saved lately under `root`; nothing is saved. */
  async recent(root: string): Promise<{ readonly [path: string]: string }> {
    const isInside = (path: string): boolean => path.startsWith(root + sep);
    const recent = [...this.#saved].filter(([path, at]) => isInside(path) && Date.now() - at < RECENT);
    const digests = await Promise.all(recent.map(async ([path]) => [toKey(root, path), await readDigest(path)] as const));
    return Object.fromEntries(digests.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
  }

  dispose(): void {
    this.#listening.dispose();
  }
}

/** Path → sha256 of what a save that begins now writes, unless something formats the text first; `undefined` = that cannot be told. */
export function predictSaved(root: string, document: vscode.TextDocument): { readonly [path: string]: string } | undefined {
  if (!document.isDirty || document.encoding !== 'utf8') return undefined;
  return { [toKey(root, document.uri.fsPath)]: toDigest(document.getText()) };
}

function toKey(root: string, path: string): string {
  return relative(root, path).replaceAll(sep, '/');
}

function toDigest(content: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function readDigest(path: string): Promise<string | undefined> {
  try {
    return toDigest(await readFile(path));
  } catch {
    return undefined; // removed since it was saved
  }
}
