import { t } from '../model/words.ts';
import type { FormReading } from './formReading.ts';
import type { ValuePath } from './sourceMap.ts';

/** Names that differ only in case are refused: on many disks their files would be one. Reported at the later one. */
export function reportCaseTwins(reading: FormReading, path: ValuePath, named: readonly { readonly name: string }[]): void {
  const seen = new Map<string, string>();
  const { findings, source } = reading.yaml;
  for (const { name } of named) {
    const earlier = seen.get(name.toLowerCase());
    if (earlier === undefined) seen.set(name.toLowerCase(), name);
    else findings.add('duplicate-name', source.keyRange([...path, name]), t`\`${name}\` and \`${earlier}\` differ only in case.`);
  }
}
