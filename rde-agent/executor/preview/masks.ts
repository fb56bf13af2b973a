import type { AgentConfig } from '../../protocol/agentConfig.ts';
import type { ColumnClass } from '../lineage.ts';

export type MaskRules = AgentConfig['preview'];

/** Shown to everybody who may look at the run. */
const OPEN = 'public';

/** Whether values of a column are shown (decision 014). What nobody has classified counts as the most restricted: it is masked when anything is. */
export function isMasked({ labels, isUnclassified, isMade }: ColumnClass, { mask, made }: MaskRules): boolean {
  if (mask?.length === 0) return false;
  if (isUnclassified) return true;
  if (isMade && made === 'mask') return true;
  return labels.some((label) => (mask === null ? label !== OPEN : mask.includes(label)));
}
