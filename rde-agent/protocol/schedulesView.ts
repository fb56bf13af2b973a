import type { ScheduleSummary } from './documents.ts';

/** Schedules of the workflows that were pushed, by workflow: as `schedule.list` answers. Subscription `schedules:/`. */
export interface SchedulesView {
  readonly schedules: readonly ScheduleSummary[];
}

/** `scheduleRemoved`: its workflow was pushed without one, and it does not run. */
export type SchedulesAction =
  | { readonly type: 'scheduleChanged'; readonly schedule: ScheduleSummary }
  | { readonly type: 'scheduleRemoved'; readonly workflow: string };

/** Pure; shared by both ends. An action of an unknown type changes nothing. */
export function reduceSchedules(view: SchedulesView, action: SchedulesAction): SchedulesView {
  switch (action.type) {
    case 'scheduleChanged': {
      const others = view.schedules.filter(({ workflow }) => workflow !== action.schedule.workflow);
      return { schedules: [...others, action.schedule].sort((one, other) => (one.workflow < other.workflow ? -1 : 1)) };
    }
    case 'scheduleRemoved':
      return { schedules: view.schedules.filter(({ workflow }) => workflow !== action.workflow) };
    default:
      action satisfies never;
      return view;
  }
}
