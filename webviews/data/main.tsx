import '@vscode/codicons/dist/codicon.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { FromDataPanel, ToDataPanel } from '../protocol/dataPanel.ts';
import { takeWords } from '../shared/pageWords.ts';
import { acquirePanelHost } from '../shared/panelHost.ts';
import '../shared/panel.css';
import '../shared/theme.css';
import { DataPanel } from './DataPanel.tsx';
import './data.css';

const root = document.getElementById('root');
if (root !== null) {
  takeWords();
  createRoot(root).render(
    <StrictMode>
      <DataPanel host={acquirePanelHost<ToDataPanel, FromDataPanel>()} />
    </StrictMode>,
  );
}
