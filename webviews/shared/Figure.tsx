import type { ReactNode } from 'react';
import { t } from '../protocol/words.ts';

/** Pictures that cannot hold scripts; of anything else nothing is drawn. */
const PICTURES: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

interface FigureProps {
  readonly mime: string;
  readonly base64: string;
  /** what is said to those who do not see it */
  readonly label: string;
}

/** A picture that came as bytes. On a white ground, since plots are drawn for paper and may be transparent. */
export function Figure({ mime, base64, label }: FigureProps): ReactNode {
  if (!PICTURES.includes(mime) || !/^[A-Za-z0-9+/=]*$/.test(base64))
    return <p className="quiet">{t('This kind of picture is not shown.')}</p>;
  return <img className="figure" src={`data:${mime};base64,${base64}`} alt={label} />;
}
