import { toNearestName } from '../model/nearNames.ts';
import { t } from '../model/words.ts';
import { toNameList, type Findings } from '../parse/findings.ts';
import type { SourceMap } from '../parse/sourceMap.ts';
import type { Surroundings } from './questions.ts';

/** Where `cairn.yaml` declares namespaces, names are in one of them. No repair: whoever uses the name would have to follow. */
export function checkNamespace(findings: Findings, source: SourceMap, key: string, name: string, surroundings: Surroundings): void {
  const known = surroundings.namespaces();
  const namespace = name.slice(0, name.indexOf('/'));
  if (known.length === 0 || known.includes(namespace)) return;
  const range = source.textRange([key], 0, namespace.length);
  const near = toNearestName(namespace, known);
  const rest = near === undefined ? t`. Declared are ${toNameList(known)}.` : t`: did you mean \`${near}\`?`;
  findings.add('undeclared-namespace', range, t`\`cairn.yaml\` declares no namespace \`${namespace}\`${rest}`, { severity: 'info' });
}
