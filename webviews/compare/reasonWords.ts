import type { Reason } from '../../rde-agent/protocol/reason.ts';
import { t } from '../protocol/words.ts';

/** What a reason is about, in a word: kinds that are one thing to a person have one word. */
export function toReasonWord(kind: Reason['kind']): string {
  const words: { readonly [one in Reason['kind']]: string } = {
    code: t('code'),
    import: t('code'),
    library: t('code'),
    package: t('environment'),
    python: t('environment'),
    platform: t('environment'),
    image: t('environment'),
    variable: t('environment'),
    param: t('parameter'),
    input: t('input'),
    columns: t('input'),
    file: t('file'),
    contract: t('contract'),
    seed: t('seed'),
    'nominal-time': t('nominal time'),
    determinism: t('determinism'),
    version: t('version'),
    salt: t('salt'),
    scope: t('scope'),
    expired: t('expired'),
    'blob-missing': t('blob missing'),
    'blob-corrupt': t('blob corrupt'),
    'lease-lost': t('lease lost'),
    forced: t('forced'),
    uncacheable: t('uncacheable'),
    condition: t('condition'),
    'known-failure': t('known failure'),
    'no-prior': t('no prior'),
    hit: t('hit'),
    'hit-after-wait': t('hit after wait'),
  };
  return words[kind];
}
