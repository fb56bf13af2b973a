import { t } from '../../webviews/protocol/words.ts';

/** Where one is in the portal. Every place is an address of its own, so that a reload or a bookmark comes back to it. */
export type Route =
  | { readonly kind: 'runs' }
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'compare'; readonly run: string; readonly other: string }
  | { readonly kind: 'output'; readonly run: string; readonly step: string; readonly port: string }
  | { readonly kind: 'workflows' }
  /** `pushed` = as it was pushed, also where its workspace is open */
  | { readonly kind: 'workflow'; readonly workflow: string; readonly as?: 'pushed' }
  | { readonly kind: 'schedules' }
  | { readonly kind: 'clusters' }
  | { readonly kind: 'ledger' };

/** What stands in the navigation, in its order. */
export const SECTIONS = [
  { route: { kind: 'runs' }, icon: 'history' },
  { route: { kind: 'workflows' }, icon: 'type-hierarchy' },
  { route: { kind: 'schedules' }, icon: 'calendar' },
  { route: { kind: 'clusters' }, icon: 'server-process' },
  { route: { kind: 'ledger' }, icon: 'graph' },
] as const;

/** `undefined` = there is no such place. */
export function parseRoute(pathname: string): Route | undefined {
  const [section = '', ...rest] = toParts(pathname) ?? ['unknown'];
  const [first, second, ...more] = rest;
  switch (section) {
    case '':
      return { kind: 'runs' };
    case 'runs':
      return first === undefined ? { kind: 'runs' } : parseRunRoute(first, second, more);
    case 'workflows':
      return first === undefined ? { kind: 'workflows' } : parseWorkflowRoute(first, rest.slice(1));
    case 'schedules':
    case 'clusters':
    case 'ledger':
      return first === undefined ? { kind: section } : undefined;
    default:
      return undefined;
  }
}

/** What a section is called. */
export function toSectionTitle(section: (typeof SECTIONS)[number]['route']['kind']): string {
  switch (section) {
    case 'runs':
      return t('Runs');
    case 'workflows':
      return t('Workflows');
    case 'schedules':
      return t('Schedules');
    case 'clusters':
      return t('Clusters');
    case 'ledger':
      return t('Ledger');
  }
}

export function toPath(route: Route): string {
  switch (route.kind) {
    case 'run':
      return join('runs', route.run);
    case 'compare':
      return join('runs', route.run, 'compare', route.other);
    case 'output':
      return join('runs', route.run, 'outputs', route.step, route.port);
    case 'workflow':
      return join('workflows', route.workflow, ...(route.as === undefined ? [] : [route.as]));
    default:
      return join(route.kind);
  }
}

/** The section that a place belongs to. */
export function toSection(route: Route): (typeof SECTIONS)[number]['route']['kind'] {
  switch (route.kind) {
    case 'run':
    case 'compare':
    case 'output':
      return 'runs';
    case 'workflow':
      return 'workflows';
    default:
      return route.kind;
  }
}

function parseWorkflowRoute(workflow: string, rest: readonly string[]): Route | undefined {
  if (rest.length === 0) return { kind: 'workflow', workflow };
  return rest.length === 1 && rest[0] === 'pushed' ? { kind: 'workflow', workflow, as: 'pushed' } : undefined;
}

function parseRunRoute(run: string, what: string | undefined, more: readonly string[]): Route | undefined {
  const [first, second, ...others] = more;
  if (what === undefined) return { kind: 'run', run };
  if (what === 'compare' && first !== undefined && second === undefined) return { kind: 'compare', run, other: first };
  if (what === 'outputs' && first !== undefined && second !== undefined && others.length === 0)
    return { kind: 'output', run, step: first, port: second };
  return undefined;
}

function toParts(pathname: string): readonly string[] | undefined {
  try {
    return pathname
      .split('/')
      .slice(1)
      .filter((part, index) => part !== '' || index === 0)
      .map(decodeURIComponent);
  } catch {
    return undefined; // a broken percent escape
  }
}

function join(...parts: readonly string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`;
}
