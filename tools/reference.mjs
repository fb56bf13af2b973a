// `npm run reference`: writes the pages of docs/reference from what the program declares. A test says when they have fallen behind.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toReferencePages } from './reference/pages.mjs';
import { root } from './setup/paths.mjs';

const folder = path.join(root, 'docs/reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(toReferencePages())) writeFileSync(path.join(folder, name), text);
