import { z } from 'zod';
import type { Json } from '../../language/model/json.ts';
import { PARAM_TYPES } from '../../language/model/module.ts';

const v = z.literal(1);
const JsonValue: z.ZodType<Json> = z.json();

/** `cairn portal --json`: where the portal is, and the code that signs one browser in, once, while it is fresh. The code is typed, never part of a link. */
export const PortalDocument = z.object({ v, url: z.string(), code: z.string(), expires: z.string() });
export type PortalDocument = z.infer<typeof PortalDocument>;

/** `cairn portal --sign-out --json`: how many browsers were signed in. */
export const SignedOutDocument = z.object({ v, sessions: z.int() });
export type SignedOutDocument = z.infer<typeof SignedOutDocument>;

/** A parameter as a workflow declares it; without a default it must be given. */
const DeclaredParam = z.object({
  name: z.string(),
  type: z.enum(PARAM_TYPES),
  default: JsonValue.optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  description: z.string().optional(),
});

/** `cairn workflows --json`: workflows as they were last pushed. */
export const PushedWorkflow = z.object({
  workflow: z.string(),
  workspace: z.string(),
  tree: z.string(),
  at: z.string(),
  by: z.string(),
  steps: z.int(),
  params: z.array(DeclaredParam),
});
export type PushedWorkflow = z.infer<typeof PushedWorkflow>;
/** The graph of a workflow, as a view of a workspace has it: see `WorkflowView`. */
const Port = z.object({ name: z.string(), type: z.string() });
const EdgeEnd = z.object({ step: z.string(), port: z.string() });
const WorkflowGraphDocument = z.object({
  name: z.string(),
  /** relative to the workspace; `''` = its source is not here */
  file: z.string(),
  description: z.string(),
  params: z.array(DeclaredParam),
  steps: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['module', 'dataset', 'workflow']),
      name: z.string(),
      /** in the file, from 1; where that is not here, 1 */
      line: z.int(),
      elements: z.array(z.string()).nullable(),
      isDynamic: z.literal(true).optional(),
      inputs: z.array(Port),
      outputs: z.array(Port),
    }),
  ),
  edges: z.array(z.object({ from: EdgeEnd, to: EdgeEnd })),
  errors: z.int(),
});

/** `cairn workflows WORKFLOW --json`: one as it was last pushed, with the graphs of all that it nests. */
export const PushedGraphDocument = z.object({
  v,
  pushed: PushedWorkflow,
  graph: WorkflowGraphDocument,
  /** at any depth, each once */
  nested: z.array(WorkflowGraphDocument),
  /** by module or dataset: where its code is in the tree that was pushed with it, relative to the workspace; what came from elsewhere is missing */
  code: z.record(z.string(), z.object({ folder: z.string(), entry: z.string() })),
});
export type PushedGraphDocument = z.infer<typeof PushedGraphDocument>;

export const WorkflowsDocument = z.object({ v, workflows: z.array(PushedWorkflow) });
export type WorkflowsDocument = z.infer<typeof WorkflowsDocument>;

/** Workspaces that the agent has open. */
export const WorkspacesDocument = z.object({ v, workspaces: z.array(z.object({ root: z.string(), name: z.string() })) });
export type WorkspacesDocument = z.infer<typeof WorkspacesDocument>;
