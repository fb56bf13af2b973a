import type { DiffDocument, DiffNode, DiffStep } from '../../rde-agent/protocol/comparisons.ts';

/** A step that is the same in both runs, with what the test is about. */
export function makeDiffStep(step: string, more: Partial<DiffStep> = {}): DiffStep {
  const both = { before: 'succeeded', after: 'succeeded' } as const;
  const decision = { before: 'executed', after: 'executed' };
  const seconds = { before: 1, after: 1 };
  const empty = { reasons: [], outputs: [], metrics: [] };
  return { step, module: `demo/${step}`, in: 'both', equal: true, state: both, decision, seconds, ...empty, ...more };
}

export function makeDiffNode(step: string, needs: string[] = [], more: Partial<DiffNode> = {}): DiffNode {
  return { step, kind: 'module', name: `demo/${step}`, in: 'both', needs, ...more };
}

/** `graph` absent = of an agent that does not tell it. */
export function makeDiff(steps: DiffStep[], graph?: DiffNode[]): DiffDocument {
  const side = { workflow: 'demo/flow', state: 'succeeded', started: '2026-01-01T00:00:00.000Z', seconds: 9, tree: 'tree' } as const;
  const before = { ...side, run: '019ae5a0-0001-7000-8000-000000000001' };
  const after = { ...side, run: '019ae5a0-0002-7000-8000-000000000002', seconds: 6 };
  return { v: 1, before, after, equal: false, params: [], environments: [], steps, ...(graph === undefined ? {} : { graph }) };
}
