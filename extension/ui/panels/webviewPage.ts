import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The panels that there are: each has its bundle of that name, and its view type is `cairn.` and the name. */
export type PanelName = 'run' | 'workflowGraph' | 'data' | 'compare';

/** What all panels may load: their own bundles and nothing else. */
export function toWebviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [toBundles(extensionUri)], enableCommandUris: false, enableForms: false };
}

/**
 * The page of a panel: one script, one style sheet, an empty root. `state` is what the editor gives back when it restores the panel;
 * the page hands it over by itself. Beside it stand the words of the editor's language, where that is not English. The content policy allows
 * our own files, the script with the nonce, and pictures that came as bytes.
 */
export function toPageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, name: PanelName, state: unknown): string {
  const nonce = randomBytes(16).toString('base64');
  const [script, style] = ['js', 'css'].map((ending) =>
    webview.asWebviewUri(vscode.Uri.joinPath(toBundles(extensionUri), `${name}.${ending}`)),
  );
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src data:`,
    // The layout of a large graph is made in a thread of its own, from text that the script holds.
    `worker-src blob:`,
  ].join('; ');
  return `<!doctype html>
<html lang="${escapeAttribute(vscode.l10n.bundle === undefined ? 'en' : vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn</title>
<link rel="stylesheet" href="${escapeAttribute(String(style))}">
</head>
<body>
<div id="root" data-state="${escapeAttribute(JSON.stringify(state))}"${toWords()}></div>
<script nonce="${nonce}" src="${escapeAttribute(String(script))}"></script>
</body>
</html>`;
}

function toWords(): string {
  const { bundle } = vscode.l10n;
  return bundle === undefined ? '' : ` data-words="${escapeAttribute(JSON.stringify(bundle))}"`;
}

function toBundles(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webviews');
}

/** Text inside a double-quoted attribute. */
function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
