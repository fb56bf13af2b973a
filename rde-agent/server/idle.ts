import type { Agent } from './agent.ts';

/** Calls `onIdle` once when for so many seconds nobody was connected, no run was open and no schedule will fire. */
export function watchIdle(agent: Pick<Agent, 'activity'>, seconds: number, onIdle: () => void): void {
  let busy = performance.now();
  const timer = setInterval(
    () => {
      const { connections, runs, schedules } = agent.activity();
      const now = performance.now();
      if (connections > 0 || runs > 0 || schedules > 0) busy = now;
      if (now - busy < seconds * 1000) return;
      clearInterval(timer);
      onIdle();
    },
    Math.max(50, Math.min(1_000, seconds * 250)),
  );
  timer.unref();
}
