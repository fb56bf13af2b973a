import type { FromGraphPanel } from '../../../webviews/protocol/graphPanel.ts';

type Exported = Extract<FromGraphPanel, { readonly type: 'export' }>;

const KINDS: { readonly [format in Exported['format']]: { readonly type: string; readonly ending: string } } = {
  svg: { type: 'image/svg+xml', ending: 'svg' },
  png: { type: 'image/png', ending: 'png' },
  mermaid: { type: 'text/plain', ending: 'mmd' },
  json: { type: 'application/json', ending: 'json' },
};

/** Hands an exported graph to the browser as a file. It is never opened as a page: a picture of ours, but of names of others. */
export function downloadGraph(workflow: string, { format, content }: Exported): void {
  const { type, ending } = KINDS[format];
  const bytes = format === 'png' ? Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0)) : content;
  const href = URL.createObjectURL(new Blob([bytes], { type }));
  const anchor = document.createElement('a');
  anchor.href = href;
  anchor.download = `${workflow.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.${ending}`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
