/** A box to place. All lengths of this folder are in pixels at zoom 1. */
export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** id of the group whose box holds this one; absent = none */
  readonly group?: string;
}

/** A box that holds nodes and other groups (a nested workflow that is expanded in place). Shares one space of ids with the nodes. */
export interface LayoutGroup {
  readonly id: string;
  /** id of the group whose box holds this one; absent = none */
  readonly group?: string;
  /** least size, header and padding included: that of an empty group */
  readonly width: number;
  readonly height: number;
  /** height of the title, above the content */
  readonly header: number;
  /** between the border and the content, on all sides (and under the header) */
  readonly padding: number;
}

/**
 * Ends are ids of nodes or groups. An edge goes between two boxes that stand side by side in the same group: where its ends are in
 * different groups, it is drawn between the outermost boxes that hold one end and not the other. Edges to unknown ids, from a box
 * to itself, and between a group and what it holds are left out; of several edges between the same two ends one is drawn.
 */
export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

export interface LayoutRequest {
  /** the order decides among equals: what comes first stands further left */
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
  readonly groups?: readonly LayoutGroup[];
  /** the layout on screen: what is unchanged stays beside its neighbours and, where there is room, in its place */
  readonly previous?: Layout;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a box was put: its top left corner, in the coordinates of the whole picture. */
export interface PlacedNode extends LayoutNode, Point {
  /** row inside its own group (or the whole picture), from 0; edges lead to higher rows */
  readonly layer: number;
}

export interface PlacedGroup extends Point {
  readonly id: string;
  readonly group?: string;
  readonly width: number;
  readonly height: number;
  readonly layer: number;
}

/**
 * From the bottom border of one box to the top border of the other, ends included; `y` never falls along the way. An edge that closes a
 * cycle leads back up: from the top border of the one to the bottom border of the other.
 */
export interface PlacedEdge extends LayoutEdge {
  readonly points: readonly Point[];
}

/** Nodes and groups in the order of the request. The top left corner is at 0, 0. */
export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly groups: readonly PlacedGroup[];
  readonly width: number;
  readonly height: number;
}

/** Room between neighbours of a row, between a line and what it passes, and between rows. */
export const NODE_GAP = 32;
export const EDGE_GAP = 16;
export const LAYER_GAP = 56;
