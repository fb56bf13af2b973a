import { readdirSync, readFileSync } from 'node:fs';
import { summarize, type Contestant, type Summary } from './samples.ts';

/** kilobytes of a process: all that is resident, and what it shares with nobody */
export function readMemory(pid: number | undefined): { readonly resident: number; readonly own: number } {
  const status = readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { resident: field('VmRSS'), own: field('RssAnon') };
}

/** milliseconds that all threads of a process have run */
export function readCpu(pid: number | undefined): number {
  const folder = `/proc/${pid ?? 'self'}/task`;
  const ran = readdirSync(folder).map((task) => Number(readFileSync(`${folder}/${task}/schedstat`, 'utf8').split(' ')[0]));
  return ran.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

/** The same contestant, and how long its process really ran for each sample: what others do on the machine is not in that. */
export function withCpu(contestant: Contestant, pid: number | undefined): { readonly contestant: Contestant; toCpu(): Summary } {
  const took: number[] = [];
  const once = async (): Promise<number> => {
    const before = readCpu(pid);
    const milliseconds = await contestant.once();
    took.push(readCpu(pid) - before);
    return milliseconds;
  };
  return { contestant: { name: contestant.name, once }, toCpu: () => summarize(`CPU of ${contestant.name}`, took) };
}
