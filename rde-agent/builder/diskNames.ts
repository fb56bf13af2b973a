import { readdirSync } from 'node:fs';
import type { FolderNode } from './folderNode.ts';

/** Path on disk of an entry of a folder, relative to the root. */
export function toDiskPath(parent: FolderNode, disk: string): string {
  const names = [disk];
  for (let node: FolderNode | undefined = parent; node?.parent !== undefined; node = node.parent) names.unshift(node.disk);
  return names.join('/');
}

/** The name as the disk spells it: differs from the NFC form only where someone wrote decomposed letters. */
export function findDiskName(folder: string, name: string): string {
  if (isAscii(name)) return name;
  try {
    return readdirSync(folder).find((disk) => disk.normalize('NFC') === name) ?? name;
  } catch {
    // The folder is gone: the name will not be found either, which is the answer.
    return name;
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}
