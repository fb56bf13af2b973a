import type { OperationName } from './operations.ts';

/** Where an operation is on HTTP. `{name}` in a path is a parameter; of a GET the others are in its query, of a POST in its JSON body. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: `/v1/${string}`;
}

function get(path: Route['path']): Route {
  return { method: 'GET', path };
}
function post(path: Route['path']): Route {
  return { method: 'POST', path };
}

/** Every operation of the registry once. The key of a mutating one is the header `Idempotency-Key`. */
export const ROUTES: { readonly [N in OperationName]: Route } = {
  'agent.status': get('/v1/agent'),
  'agent.stop': post('/v1/agent/stop'),
  'agent.doctor': get('/v1/agent/doctor'),
  'portal.open': post('/v1/portal'),
  'portal.signOut': post('/v1/portal/sign-out'),
  'workspace.list': get('/v1/workspaces'),
  'workspace.open': post('/v1/workspace/open'),
  'workspace.close': post('/v1/workspace/close'),
  'workspace.check': post('/v1/workspace/check'),
  'workspace.init': post('/v1/workspace/init'),
  'workspace.newModule': post('/v1/workspace/modules'),
  'workspace.newLibrary': post('/v1/workspace/libraries'),
  'workspace.newWorkflow': post('/v1/workspace/workflows'),
  'workspace.build': post('/v1/workspace/build'),
  'workspace.plan': post('/v1/workspace/plan'),
  'workspace.push': post('/v1/workspace/push'),
  'workspace.test': post('/v1/workspace/test'),
  'run.submit': post('/v1/runs'),
  'run.list': get('/v1/runs'),
  'run.show': get('/v1/runs/{run}'),
  'run.rerun': post('/v1/runs/{run}/rerun'),
  'run.clone': post('/v1/runs/{run}/clone'),
  'run.receipt': get('/v1/runs/{run}/receipt'),
  'run.export': post('/v1/runs/{run}/receipt'),
  'run.replay': post('/v1/replays'),
  'run.replayed': get('/v1/runs/{run}/replay'),
  'run.diff': get('/v1/runs/{run}/diff'),
  'run.pin': post('/v1/runs/{run}/pin'),
  'run.cancel': post('/v1/runs/{run}/cancel'),
  'run.why': get('/v1/runs/{run}/why'),
  'run.logs': get('/v1/runs/{run}/logs'),
  'output.preview': get('/v1/runs/{run}/preview'),
  'run.trigger': post('/v1/workflows/{workflow}/runs'),
  'workflow.list': get('/v1/workflows'),
  'workflow.show': get('/v1/workflows/{workflow}'),
  'workflow.plan': post('/v1/workflows/{workflow}/plan'),
  'ci.plan': get('/v1/ci/plan'),
  'tag.list': get('/v1/tags'),
  'tag.move': post('/v1/tags/move'),
  'tag.promote': post('/v1/tags/promote'),
  'tag.rollback': post('/v1/tags/rollback'),
  'ledger.show': get('/v1/ledger'),
  'cluster.list': get('/v1/clusters'),
  'schedule.list': get('/v1/schedules'),
  'schedule.change': post('/v1/schedules/{workflow}/{change}'),
  'environment.list': get('/v1/environments'),
  'environment.lock': post('/v1/environments/lock'),
  'environment.sync': post('/v1/environments/sync'),
  'dataset.list': get('/v1/datasets'),
  'dataset.preview': get('/v1/datasets/preview'),
  'lineage.show': get('/v1/lineage'),
  'cache.collect': post('/v1/cache/collect'),
  'cache.audits': get('/v1/cache/audits'),
  'cache.audit': post('/v1/cache/audits'),
  'cache.trust': post('/v1/cache/trust'),
};

/** Header that carries the key of a mutating operation. */
export const KEY_HEADER = 'idempotency-key';

/** Names of the parameters in a path, in order. */
export function toPathParams(route: Route): readonly string[] {
  return Array.from(route.path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);
}
