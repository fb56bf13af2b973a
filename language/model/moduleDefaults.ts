import type { CacheContract, ModuleContract, Resources } from './module.ts';

/** What counts where a module says nothing. */
export interface ModuleDefaults {
  readonly kind: ModuleContract['kind'];
  readonly description: string;
  readonly language: 'python';
  readonly uses: readonly string[];
  readonly resources: Resources;
  readonly determinism: ModuleContract['determinism'];
  readonly reuse: ModuleContract['reuse'];
  readonly preload: readonly string[];
  readonly cache: CacheContract;
}

export function createModuleDefaults(): ModuleDefaults {
  return {
    kind: 'data',
    description: '',
    language: 'python',
    uses: [],
    resources: { cpu: 1, memory: 2 ** 30, gpu: 0, network: 'none' },
    determinism: 'pure',
    reuse: 'fork',
    preload: [],
    cache: { version: 1, salt: '' },
  };
}
