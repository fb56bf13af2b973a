import { z } from 'zod';

/** Where a secret's value comes from: a variable of the agent's process, the first line of a file (0600), or the first line that a command prints. */
export const SecretProvider = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ command: z.array(z.string().min(1)).min(1) }),
]);
export type SecretProvider = z.infer<typeof SecretProvider>;

const Promoting = z.strictObject({
  /** what `latest` may name is built from a commit of this branch; of `remote` where that is known, else of the repository itself */
  branch: z
    .string()
    .regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*$/)
    .default('main'),
  remote: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .default('origin'),
  /** whether the reviewer may be who wrote, pushed or promotes it */
  selfReview: z.boolean().default(true),
});
export type PromotionConfig = z.infer<typeof Promoting>;

/**
 * `agent.yaml` in the state folder: what the agent's owner decides. Absent file = all defaults. An invalid one refuses the start
 * (`config-invalid`, naming the line).
 */
export const AgentConfig = z.strictObject({
  /** by cluster name; `workers` = tasks at once; `local` exists without being named (as many as cores) */
  clusters: z
    .record(z.string(), z.strictObject({ runtime: z.literal('process').default('process'), workers: z.int().min(1).max(256).optional() }))
    .default({}),
  /** secret name → provider. A name without one is looked up as variable `CAIRN_SECRET_<NAME>` of the agent's process. */
  secrets: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), SecretProvider).default({}),
  /**
   * Hosts that sources may reach though they resolve to loopback, private or link-local addresses: `host`, `host:port`, `*.suffix`.
   * Public addresses need no entry unless `only` is true.
   */
  egress: z.strictObject({ allow: z.array(z.string()).default([]), only: z.boolean().default(false) }).prefault({}),
  /** `workflow` → the secret's name that signs its deliveries */
  webhooks: z.record(z.string(), z.strictObject({ secret: z.string() })).default({}),
  /** OpenLineage events are appended to this file, one JSON object a line; relative to the state folder; `null` = off */
  openLineage: z
    .strictObject({ file: z.string().nullable().default('openlineage.jsonl'), namespace: z.string().default('cairn') })
    .prefault({}),
  /** Background checks of reused results: the task is executed again, and its outputs are compared with those that were reused. */
  audit: z
    .strictObject({
      /** of the reuses of each module, in the order in which they come; 0 = never */
      share: z.number().min(0).max(1).default(0.04),
      /** of the reuses that needed an excuse, because what would run now is not byte for byte what ran */
      excused: z.number().min(0).max(1).default(1),
      /** seconds: what took longer is checked only when it is asked for */
      longest: z.number().min(0).default(120),
    })
    .prefault({}),
  /** What `cairn agent gc` leaves. */
  retention: z
    .strictObject({
      /** results and runs of so many days stay */
      days: z.number().min(0).default(90),
      /** bytes of results that no pin, tag, open run or published workflow needs; the oldest go first; `null` = no limit */
      bytes: z.number().min(0).nullable().default(null),
      /** hours between collections that the agent begins by itself when it has nothing else to do; `null` = never */
      every: z.number().positive().nullable().default(null),
    })
    .prefault({}),
  /** Whose values previews leave out. Columns of datasets that nobody has labelled count as the most restricted: they are masked when anything is. */
  preview: z
    .strictObject({
      /** labels that are masked; `null` = all but `public`; `[]` = nothing is masked */
      mask: z.array(z.string()).nullable().default(null),
      /** what code has made of no dataset at all */
      made: z.enum(['show', 'mask']).default('show'),
    })
    .prefault({}),
  promotion: Promoting.prefault({}),
  /** Failures that would come again for certain (a broken contract) are answered without executing again for so many seconds; 0 = never. */
  failures: z.strictObject({ keep: z.number().min(0).max(3600).default(120) }).prefault({}),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** The value of a secret. Rejects with CairnError `secret-missing` (names the secret, never a value). */
export type ReadSecret = (name: string, signal: AbortSignal) => Promise<string>;
