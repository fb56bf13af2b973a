import '@vscode/codicons/dist/codicon.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { FromRunPanel, ToRunPanel } from '../protocol/runPanel.ts';
import { takeWords } from '../shared/pageWords.ts';
import { acquirePanelHost } from '../shared/panelHost.ts';
import '../shared/panel.css';
import '../shared/theme.css';
import { RunPanel } from './RunPanel.tsx';
import './run.css';
import './detail/detail.css';
import './logs/logs.css';
import './timeline/timeline.css';

const root = document.getElementById('root');
if (root !== null) {
  takeWords();
  createRoot(root).render(
    <StrictMode>
      <RunPanel host={acquirePanelHost<ToRunPanel, FromRunPanel>()} />
    </StrictMode>,
  );
}
