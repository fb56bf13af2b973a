import { Fragment, type ReactNode } from 'react';

/** A sentence with things in it that are no text: `{0}`, `{1}` … of `text`, which is translated, stand for the parts. */
export function Filled({ text, parts }: { readonly text: string; readonly parts: readonly ReactNode[] }): ReactNode {
  return text.split(/(\{\d+\})/).map((piece, index) => {
    const at = /^\{(\d+)\}$/.exec(piece)?.[1];
    return <Fragment key={index}>{at === undefined ? piece : parts[Number(at)]}</Fragment>;
  });
}
