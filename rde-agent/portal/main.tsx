import '@vscode/codicons/dist/codicon.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { takeWords } from '../../webviews/shared/pageWords.ts';
import './styles/theme.css';
import '../../webviews/shared/panel.css';
import '../../webviews/shared/theme.css';
import './styles/shell.css';
import { App } from './app/App.tsx';

const root = document.getElementById('root');
if (root !== null) {
  takeWords();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
