// The licences of the packages whose code is inside the bundles: each asks to travel with its code.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { recordOf } from '../setup/bundles.mjs';
import { root } from '../setup/paths.mjs';
import { bundleTable } from './bundles.mjs';

/** One text with name, version, licence and licence text of every package in the bundles that were built. */
export function toNotices() {
  const folders = Object.keys(bundleTable).flatMap((name) => JSON.parse(readFileSync(recordOf(name), 'utf8')).packages);
  return [...new Set(folders)].sort().map(noticeOf).join(`
${'-'.repeat(80)}

`);
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
  const texts = readdirSync(path.join(root, folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const full = texts.map((file) => path.join(root, folder, file)).filter((file) => existsSync(file));
  return `${name} ${version} (${license})\n\n${full.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n')}\n`;
}
