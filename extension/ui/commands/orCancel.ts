import { CairnError } from '../../../rde-agent/protocol/errors.ts';

/** What a person has answered. Throws `cancelled` when they have turned away. */
export function orCancel<T>(answer: T | undefined): T {
  if (answer === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return answer;
}
