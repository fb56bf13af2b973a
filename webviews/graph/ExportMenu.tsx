import { useState, type ReactNode, type RefObject } from 'react';
import { t } from '../protocol/words.ts';
import { Button } from '../shared/ui/Button.tsx';
import { readPalette } from './drawing/palette.ts';
import { toGraphJson } from './export/toGraphJson.ts';
import { toMermaid } from './export/toMermaid.ts';
import { toPng } from './export/toPng.ts';
import { toSvg } from './export/toSvg.ts';
import type { ExportFormat, GraphCanvasProps } from './graphProps.ts';
import type { GraphState } from './useGraph.ts';

const FORMATS: readonly (readonly [ExportFormat, string])[] = [
  ['svg', 'SVG'],
  ['png', 'PNG'],
  ['mermaid', 'Mermaid'],
  ['json', 'JSON'],
];

interface Props {
  readonly props: GraphCanvasProps;
  readonly graph: GraphState;
  readonly frame: RefObject<HTMLElement | null>;
  readonly onExport: NonNullable<GraphCanvasProps['onExport']>;
}

/** The picture as a file: what is expanded is drawn, in the colours of the theme. */
export function ExportMenu({ props, graph, frame, onExport }: Props): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const save = async (format: ExportFormat): Promise<void> => {
    setOpen(false);
    if (frame.current !== null) onExport(format, await toContent(format, props, graph, frame.current));
  };
  return (
    <span className="export" onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}>
      <Button kind="icon" icon="desktop-download" label={t('Export')} pressed={isOpen} onPress={() => setOpen(!isOpen)} />
      {isOpen && (
        <span className="export-menu" role="group" aria-label={t('Export as')}>
          {FORMATS.map(([format, name]) => (
            <Button key={format} label={t('Export {0}', name)} onPress={() => void save(format)}>
              {name}
            </Button>
          ))}
        </span>
      )}
    </span>
  );
}

async function toContent(
  format: ExportFormat,
  { graph: model, looks, title = '' }: GraphCanvasProps,
  { scene }: GraphState,
  frame: HTMLElement,
): Promise<string> {
  const sources = { scene, looks, palette: readPalette(frame), title };
  switch (format) {
    case 'svg':
      return toSvg(sources, measureOn(frame));
    case 'png':
      return toPng(sources, frame);
    case 'mermaid':
      return toMermaid(
        { nodes: scene.boxes.map((box) => box.node), groups: scene.groups.map((box) => box.node), edges: scene.edges },
        looks,
      );
    case 'json':
      return toGraphJson(title, model, looks);
  }
}

function measureOn(inside: HTMLElement): (font: string) => CanvasRenderingContext2D {
  const context = inside.ownerDocument.createElement('canvas').getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  return (font) => {
    context.font = font;
    return context;
  };
}
