import '@vscode/codicons/dist/codicon.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/theme.css';
import '../../webviews/shared/panel.css';
import '../../webviews/shared/theme.css';
import './styles/shell.css';
import { App } from './app/App.tsx';

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
