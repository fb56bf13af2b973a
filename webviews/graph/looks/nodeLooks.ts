import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import type { TaskState } from '../../../rde-agent/protocol/taskView.ts';
import type { PlanStatus } from '../../protocol/planStatus.ts';
import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { toStateWord } from '../../shared/stateWords.ts';
import type { StepStatus } from '../../shared/stepStatus.ts';
import { NO_LOOK, type NodeLook, type Tone } from '../graphModel.ts';
import { toPlanText } from './planTexts.ts';

/** reasons that are told on a box at most */
const MOST_REASONS = 3;

const STATES: { readonly [state in TaskState]: { readonly tone: Tone; readonly icon: string } } = {
  queued: { tone: 'quiet', icon: 'circle-large-outline' },
  running: { tone: 'busy', icon: 'sync' },
  succeeded: { tone: 'ok', icon: 'pass' },
  failed: { tone: 'bad', icon: 'error' },
  cancelled: { tone: 'quiet', icon: 'circle-slash' },
  skipped: { tone: 'quiet', icon: 'debug-step-over' },
};

/** The overlay of a run: state, duration, attempts, and how warm the worker was. */
export function toRunLook(status: StepStatus | undefined): NodeLook {
  if (status === undefined) return NO_LOOK;
  const isEnded = status.done === status.total;
  return {
    ...STATES[status.state],
    text: toStateWord(status.state),
    badge: [toDecision(status), toAttempts(status)].filter((text) => text !== '').join(' · '),
    time: isEnded && status.executed > 0 ? formatSeconds(status.seconds) : '',
    count: status.total > 1 ? `${status.done}/${status.total}` : '',
    note: toNote(status.tasks.flatMap((task) => task.reasons)),
    isMarked: false,
  };
}

/** Reused or executed; of several tasks how many. */
function toDecision({ state, reused, executed, total, tasks }: StepStatus): string {
  if (reused + executed === 0 || (state === 'running' && reused === 0)) return '';
  if (executed === 0) return t('reused');
  if (reused > 0) return t('{0} of {1} reused', reused, total);
  const modes = new Set(tasks.flatMap((task) => task.worker?.mode ?? []));
  return modes.size > 0 && [...modes].every((mode) => mode === 'cold' || mode === 'spawned') ? t('executed, cold') : t('executed');
}

function toAttempts({ tasks }: StepStatus): string {
  const most = tasks.reduce((count, task) => Math.max(count, task.attempts), 0);
  return most > 1 ? t('{0} attempts', most) : '';
}

/** The overlay of a plan: what a run would do, and how long that takes or saves. */
export function toPlanLook(plan: PlanStatus | undefined): NodeLook {
  if (plan === undefined) return { ...NO_LOOK, text: t('not planned') };
  const isHit = plan.hits === plan.total;
  const [tone, icon] = isHit
    ? (['reused', 'history'] as const)
    : plan.misses > 0
      ? (['due', 'play'] as const)
      : (['maybe', 'question'] as const);
  return {
    tone,
    icon,
    text: toPlanText(plan),
    badge: '',
    time: plan.predictedSeconds > 0 ? t('about {0}', formatSeconds(plan.predictedSeconds)) : '',
    count: plan.total > 1 ? `× ${plan.total}` : '',
    note: toNote(plan.reasons),
    isMarked: false,
  };
}

/** The overlay of the cache: what reuse saves, by the plan where there is one, else by the run. */
export function toCacheLook(status: StepStatus | undefined, plan: PlanStatus | undefined): NodeLook {
  const { hits, total, saved, reasons } = toReuse(status, plan);
  const count = total > 1 ? `${hits}/${total}` : '';
  const note = toNote(reasons);
  if (total === 0) return { ...NO_LOOK, note };
  if (hits === 0) return { ...NO_LOOK, tone: 'quiet', icon: 'circle-slash', text: t('nothing reused'), count, note };
  return { ...NO_LOOK, tone: 'reused', icon: 'history', text: saved > 0 ? t('{0} saved', formatSeconds(saved)) : t('reused'), count, note };
}

interface Reuse {
  readonly hits: number;
  readonly total: number;
  /** seconds */
  readonly saved: number;
  readonly reasons: readonly Reason[];
}

function toReuse(status: StepStatus | undefined, plan: PlanStatus | undefined): Reuse {
  if (plan !== undefined) return { hits: plan.hits, total: plan.total, saved: plan.savedSeconds, reasons: plan.reasons };
  if (status === undefined) return { hits: 0, total: 0, saved: 0, reasons: [] };
  const { reused: hits, total, tasks } = status;
  return { hits, total, saved: tasks.reduce((sum, task) => sum + task.saved, 0), reasons: tasks.flatMap((task) => task.reasons) };
}

/** What a screen reader says after what stands on a box, and its tip: why, each reason once. */
function toNote(reasons: readonly Reason[]): string {
  return [...new Set(reasons.map((reason) => reason.message))].slice(0, MOST_REASONS).join('; ');
}
