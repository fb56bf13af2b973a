import '@vscode/codicons/dist/codicon.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { FromComparePanel, ToComparePanel } from '../protocol/comparePanel.ts';
import { takeWords } from '../shared/pageWords.ts';
import { acquirePanelHost } from '../shared/panelHost.ts';
import '../shared/panel.css';
import '../shared/theme.css';
import { ComparePanel } from './ComparePanel.tsx';
import './compare.css';

const root = document.getElementById('root');
if (root !== null) {
  takeWords();
  createRoot(root).render(
    <StrictMode>
      <ComparePanel host={acquirePanelHost<ToComparePanel, FromComparePanel>()} />
    </StrictMode>,
  );
}
