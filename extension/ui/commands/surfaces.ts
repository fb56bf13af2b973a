import type { Panels } from '../panels/panels.ts';
import type { PreviewDocuments } from '../previewDocuments.ts';
import type { RunLogs } from '../runLogs.ts';
import type { Views } from '../views.ts';

/** What commands show things in. */
export interface CommandSurfaces {
  readonly panels: Panels;
  readonly logs: RunLogs;
  readonly previews: PreviewDocuments;
  readonly views: Views;
}
