import { z } from 'zod';
import type { Param } from '../../language/model/module.ts';

const v = z.literal(1);

/** `cairn portal --json`: where the portal is, and the code that signs one browser in, once, while it is fresh. The code is typed, never part of a link. */
export const PortalDocument = z.object({ v, url: z.string(), code: z.string(), expires: z.string() });
export type PortalDocument = z.infer<typeof PortalDocument>;

/** `cairn workflows --json`: workflows as they were last pushed. */
export const PushedWorkflow = z.object({
  workflow: z.string(),
  workspace: z.string(),
  tree: z.string(),
  at: z.string(),
  by: z.string(),
  steps: z.int(),
  params: z.array(z.custom<Param>()),
});
export type PushedWorkflow = z.infer<typeof PushedWorkflow>;
export const WorkflowsDocument = z.object({ v, workflows: z.array(PushedWorkflow) });
export type WorkflowsDocument = z.infer<typeof WorkflowsDocument>;

/** Workspaces that the agent has open. */
export const WorkspacesDocument = z.object({ v, workspaces: z.array(z.object({ root: z.string(), name: z.string() })) });
export type WorkspacesDocument = z.infer<typeof WorkspacesDocument>;
