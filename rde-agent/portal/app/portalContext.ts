import { createContext, useContext, type ReactNode } from 'react';
import type { PortalLink } from '../wire/portalLink.ts';
import type { Route } from '../routes.ts';

/** What something that was done, or could not be, has to say; `next` = what to do about it. */
export interface Notice {
  readonly kind: 'done' | 'failed';
  readonly text: string;
  readonly next?: string;
  /** where more is to be seen, in the editor or in the portal */
  readonly link?: { readonly title: string; readonly href: string };
}

/** What every page has at hand. */
export interface Portal {
  readonly link: PortalLink;
  go(route: Route): void;
  /** Replaces the notice before it. */
  notify(notice: Notice): void;
  /** Shows a dialog until `close` is called; one at a time. */
  show(dialog: (close: () => void) => ReactNode): void;
  /** Carries out what a person asked for; a failure becomes a notice. */
  attempt(what: string, work: () => Promise<void>): void;
}

export const PortalContext = createContext<Portal | null>(null);

export function usePortal(): Portal {
  const portal = useContext(PortalContext);
  if (portal === null) throw new Error('outside of the portal');
  return portal;
}
