import type { ReactNode } from 'react';
import type { Camera } from './drawing/camera.ts';
import type { GraphModel, NodeLook, Tone } from './graphModel.ts';
import type { Choices } from './visibleGraph.ts';

/** What a graph remembers over a life of its panel. */
export interface KeptGraph {
  /** nested workflows that a person has expanded and collapsed */
  readonly choices: Choices;
  /** `null` = where the graph opens by itself */
  readonly camera: Camera | null;
}

export interface GraphCanvasProps {
  /** structure: a change of it lays out anew */
  readonly graph: GraphModel;
  /** what stands on each box, by path; a change repaints the boxes that differ and moves none */
  readonly looks: ReadonlyMap<string, NodeLook>;
  /** path of the selected step; one that the graph does not have counts as none */
  readonly selected: string | null;
  /** read once, when the graph appears */
  readonly kept?: KeptGraph;
  /** the same function every time */
  readonly onKeep?: (kept: KeptGraph) => void;
  readonly onSelect: (step: string) => void;
  /** Enter, or a double click: its code, or the line that failed */
  readonly onOpen: (step: string) => void;
  /** Alt+Enter: its log; absent = there is none to be shown */
  readonly onLog?: (step: string) => void;
  /** what the key `e` goes to, and what the help says of it; absent = steps that failed */
  readonly sought?: { readonly tones: readonly Tone[]; readonly text: string };
  /** names an exported picture */
  readonly title?: string;
  /** the graph as a file: text, a PNG as base64; absent = nothing can be exported */
  readonly onExport?: (format: ExportFormat, content: string) => void;
  /** stands in the upper right corner of the picture */
  readonly tools?: ReactNode;
}

export type ExportFormat = 'svg' | 'png' | 'mermaid' | 'json';

/** What is open beside the picture. */
export interface GraphPanes {
  /** `null` = no search */
  readonly search: string | null;
  readonly isTree: boolean;
  readonly isHelp: boolean;
}
