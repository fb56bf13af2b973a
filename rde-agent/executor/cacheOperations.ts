import type { CacheRole } from '../protocol/roles.ts';
import type { Access } from './access.ts';
import type { CacheKeeper } from './cacheKeeper.ts';

/** What people may ask of the cache. Each call asks whether it may. */
export function createCacheOperations(keeper: CacheKeeper, access: Access): CacheRole {
  return {
    pin: async (run, pinned, who) => {
      access.askRun(who, 'submit', run);
      return keeper.pin(run, pinned);
    },
    collect: async (request, who) => {
      access.askAgent(who, 'administer');
      return keeper.collect(request);
    },
    audits: (who) => {
      access.askAgent(who);
      return keeper.audits();
    },
    audit: async (request, who) => {
      access.askAgent(who, 'administer');
      return keeper.audit(request);
    },
    trust: async (module, who) => {
      access.askAgent(who, 'administer');
      return keeper.trust(module);
    },
    status: () => keeper.status(),
  };
}
