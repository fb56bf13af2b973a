import type { Workflow } from '../model/workflow.ts';
import type { Findings } from '../parse/findings.ts';
import type { SourceMap } from '../parse/sourceMap.ts';
import type { Surroundings } from './questions.ts';
import type { StepPorts } from './stepPorts.ts';

/** What the parts of a workflow's check share. */
export interface WorkflowCheck {
  readonly workflow: Workflow;
  readonly steps: ReadonlyMap<string, StepPorts>;
  readonly source: SourceMap;
  readonly findings: Findings;
  readonly surroundings: Surroundings;
  /** Whether everything that the file says could be read. Otherwise nothing is concluded from what is not there. */
  readonly isWhole: boolean;
}
