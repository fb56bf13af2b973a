// `npm run l10n`: writes the texts of the extension and its panels, which translators begin from, to l10n/bundle.l10n.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { extractStrings } from './l10n/extractStrings.mjs';
import { root } from './setup/paths.mjs';

const { messages, untranslated } = extractStrings();
mkdirSync(path.join(root, 'l10n'), { recursive: true });
const bundle = Object.fromEntries(messages.map((message) => [message, message]));
writeFileSync(path.join(root, 'l10n/bundle.l10n.json'), `${JSON.stringify(bundle, null, 2)}\n`);
for (const finding of untranslated) console.error(`not translated: ${finding}`);
console.error(`l10n: ${messages.length} texts`);
process.exitCode = untranslated.length === 0 ? 0 : 1;
