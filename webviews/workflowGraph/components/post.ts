import type { FromGraphPanel } from '../../protocol/graphPanel.ts';

/** How a part of the panel asks its host. */
export type Post = (message: FromGraphPanel) => void;
