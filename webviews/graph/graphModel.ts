import { t } from '../protocol/words.ts';

/** What a step is drawn as. Ids are paths: `check/score` is the step `score` of the workflow that the step `check` nests. */
export interface GraphNode {
  readonly id: string;
  /** the last part of the id */
  readonly label: string;
  /** of the module, dataset or workflow */
  readonly name: string;
  readonly kind: 'module' | 'dataset' | 'workflow';
  /** the step whose workflow this one is in; `null` = of the workflow that is shown */
  readonly parent: string | null;
}

/** Between two steps of the same workflow. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** A workflow with all that is nested in it, to any depth. Structure alone: what changes while it runs is a `NodeLook`. */
export interface GraphModel {
  /** in the order in which they are listed: a nested workflow's right after the step that nests it */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Says how a box is coloured; what it means stands beside it in words. */
export type Tone = 'idle' | 'ok' | 'reused' | 'bad' | 'busy' | 'quiet' | 'due' | 'maybe';

/** What an overlay writes on a box. A state is an icon and a word, never a colour alone. */
export interface NodeLook {
  readonly tone: Tone;
  /** codicon of `text` */
  readonly icon: string;
  /** `failed`, `would run`, `not run` */
  readonly text: string;
  /** a second fact, such as `reused`; empty = none */
  readonly badge: string;
  /** `1.2 s`, `42 min saved`; empty = none */
  readonly time: string;
  /** of a fan-out: `3/4`, `× 4`; empty = none */
  readonly count: string;
  /** read after what stands on the box, and shown as its tip: why */
  readonly note: string;
  /** stands out among the others, such as on the critical path */
  readonly isMarked: boolean;
}

let notRun: string | undefined;
/** A box that nothing is known of. */
export const NO_LOOK: NodeLook = {
  tone: 'idle',
  icon: 'circle-large-outline',
  /** Looked up once, when the words are known: canvases ask for it with every picture. */
  get text(): string {
    return (notRun ??= t('not run'));
  },
  badge: '',
  time: '',
  count: '',
  note: '',
  isMarked: false,
};

/** What a layout depends on; equal texts have equal layouts. */
export function toStructureKey({ nodes, edges }: GraphModel): string {
  return JSON.stringify([nodes.map((node) => [node.id, node.name, node.kind]), edges.map((edge) => [edge.from, edge.to])]);
}

/** Whether the looks would be drawn the same. */
export function isSameLook(one: NodeLook, other: NodeLook): boolean {
  return (
    one.tone === other.tone &&
    one.icon === other.icon &&
    one.text === other.text &&
    one.badge === other.badge &&
    one.time === other.time &&
    one.count === other.count &&
    one.note === other.note &&
    one.isMarked === other.isMarked
  );
}
