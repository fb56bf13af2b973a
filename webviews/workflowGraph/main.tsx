import '@vscode/codicons/dist/codicon.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { FromGraphPanel, ToGraphPanel } from '../protocol/graphPanel.ts';
import { takeWords } from '../shared/pageWords.ts';
import { acquirePanelHost } from '../shared/panelHost.ts';
import '../shared/theme.css';
import { GraphPanel } from './components/GraphPanel.tsx';
import './workflowGraph.css';

const root = document.getElementById('root');
if (root !== null) {
  takeWords();
  createRoot(root).render(
    <StrictMode>
      <GraphPanel host={acquirePanelHost<ToGraphPanel, FromGraphPanel>()} />
    </StrictMode>,
  );
}
