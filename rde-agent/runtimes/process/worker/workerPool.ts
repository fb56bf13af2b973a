import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PinnedEnvironment } from '../../../protocol/pinned.ts';
import type { LaunchRequest, WorkerSummary } from '../../runtime.ts';
import { toTaskVariables, type Variables } from '../environment/variables.ts';
import type { ProcessLimits, ProcessRuntimeOptions } from '../options.ts';
import { sweepOwner, toOwner } from './leftovers.ts';
import { createSocketFolder, type SocketFolder } from './socketFolder.ts';
import { spawnWorker } from './spawnWorker.ts';
import type { Worker } from './worker.ts';
import { WorkerListener } from './workerListener.ts';
import { Zygote } from './zygote.ts';
import { WorkerStartError, ZygoteSlot } from './zygoteSlot.ts';

type Fresh = NonNullable<LaunchRequest['fresh']>;

const TOKEN_BYTES = 16;
/** What a zygote carries in place of a token: as long, so that a child can write its own over it. */
const NO_TOKEN = '0'.repeat(TOKEN_BYTES * 2);

/** The workers of all environments, and the socket to which they connect. */
export class WorkerPool {
  private readonly options: ProcessRuntimeOptions;
  private readonly limits: ProcessLimits;
  private readonly owner: string;
  private readonly listener: WorkerListener;
  private readonly slots = new Map<string, ZygoteSlot>();
  private readonly isWaiting: (worker: Worker) => boolean;
  private socket: SocketFolder | undefined;
  private opening: Promise<void> | undefined;

  /** `isWaiting` = this kept interpreter has nothing to do */
  constructor(options: ProcessRuntimeOptions, limits: ProcessLimits, isWaiting: (worker: Worker) => boolean) {
    this.options = options;
    this.isWaiting = isWaiting;
    this.limits = limits;
    this.owner = toOwner(options.stateFolder);
    this.listener = new WorkerListener(options.logger);
  }

  /** The workers of an environment that is in use already. */
  find(digest: string): ZygoteSlot | undefined {
    return this.slots.get(digest);
  }

  async open(environment: PinnedEnvironment, python: string): Promise<ZygoteSlot> {
    await this.openSocket();
    const known = this.slots.get(environment.digest);
    if (known !== undefined) return known;
    this.makeRoom();
    const slot = this.createSlot(environment, python);
    this.slots.set(environment.digest, slot);
    return slot;
  }

  /** An interpreter that shares nothing with others, at the lowest priority. Rejects with WorkerStartError. */
  async startFresh(environment: PinnedEnvironment, python: string, { hashSeed, cpus }: Fresh): Promise<Worker> {
    await this.openSocket();
    const token = newToken();
    const own: Variables = { PYTHONHASHSEED: String(hashSeed), PYTHON_CPU_COUNT: String(cpus) };
    const worker = this.startWorker(python, { ...own, ...this.toVariables(environment, python, token) }, token);
    try {
      await worker.ready;
    } catch (error) {
      throw new WorkerStartError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    lowerPriority(worker.pid);
    return worker;
  }

  /** The file in which a kept interpreter says which task it is at. */
  toPlace(worker: Worker): string {
    return `${this.socket?.socket ?? ''}.${worker.options.token}`;
  }

  list(findKept: FindKept): readonly WorkerSummary[] {
    return [...this.slots.values()].flatMap((slot) => {
      const { digest, name, python } = slot.environment;
      const shared = { environment: digest, name, version: python, language: 'python' } as const;
      return slot.zygotes.flatMap((zygote): readonly WorkerSummary[] => [
        { ...shared, ...toTold(zygote), role: 'zygote', isBusy: false },
        ...zygote.children.map((child) => ({ ...shared, ...toChild(child, slot.isSpare(child), findKept(child)) })),
      ]);
    });
  }

  notes(): readonly string[] {
    return [...this.slots.values()].flatMap((slot) => slot.notes());
  }

  async dispose(): Promise<void> {
    await this.opening?.catch(() => undefined);
    await Promise.all([...this.slots.values()].map((slot) => slot.dispose(this.limits.graceSeconds * 1000)));
    this.slots.clear();
    await sweepOwner(this.owner);
    if (this.socket === undefined) return;
    await this.listener.close();
    rmSync(this.socket.folder, { recursive: true, force: true });
    this.socket = undefined;
  }

  /** Tried again at the next launch when it fails: files may have run out for a moment. */
  private async openSocket(): Promise<void> {
    this.opening ??= this.listen();
    try {
      await this.opening;
    } catch (error) {
      this.opening = undefined;
      const reason = error instanceof Error ? error.message : String(error);
      throw new WorkerStartError(`the socket for workers cannot be opened: ${reason}`, { cause: error });
    }
  }

  private async listen(): Promise<void> {
    const socket = createSocketFolder(this.options.stateFolder, this.owner);
    try {
      await this.listener.listen(socket.socket);
    } catch (error) {
      rmSync(socket.folder, { recursive: true, force: true });
      throw error;
    }
    this.socket = socket;
  }

  /** Every edit of a lock makes another environment: the one unused for longest makes room. */
  private makeRoom(): void {
    const idle = [...this.slots].filter(([, slot]) => !slot.isBusy).sort(([, left], [, right]) => left.usedAt - right.usedAt);
    const [oldest] = idle;
    if (this.slots.size < this.limits.zygotes || oldest === undefined) return;
    const [digest, slot] = oldest;
    this.slots.delete(digest);
    slot
      .dispose(this.limits.graceSeconds * 1000)
      .catch((error: unknown) => this.options.logger.error('a zygote could not be ended', { error: String(error) }));
  }

  private createSlot(environment: PinnedEnvironment, python: string): ZygoteSlot {
    const { logger, clock } = this.options;
    return new ZygoteSlot({
      environment,
      startZygote: () => new Zygote({ ...this.toShared(python), variables: this.toVariables(environment, python, NO_TOKEN), newToken }),
      startWorker: () => {
        const token = newToken();
        return this.startWorker(python, this.toVariables(environment, python, token), token);
      },
      canFork: process.platform === 'linux',
      isWaiting: this.isWaiting,
      limits: this.limits,
      clock,
      logger,
    });
  }

  private startWorker(python: string, variables: Variables, token: string): Worker {
    return spawnWorker({ ...this.toShared(python), token, variables });
  }

  private toShared(python: string): Omit<Parameters<typeof spawnWorker>[0], 'variables' | 'token'> {
    const { runnerFolder, logger } = this.options;
    const { lineBytes, startSeconds } = this.limits;
    return { python, runnerFolder, socket: this.socket?.socket ?? '', listener: this.listener, lineBytes, startSeconds, logger };
  }

  private toVariables(environment: PinnedEnvironment, python: string, token: string): Variables {
    const { environment: agent, runnerFolder } = this.options;
    return toTaskVariables({
      agent,
      binFolder: path.dirname(python),
      declared: environment.variables,
      runnerFolder,
      owner: this.owner,
      token,
    });
  }
}

type FindKept = (worker: Worker) => { readonly tasks: number; readonly isIdle: boolean } | undefined;
type Told = Pick<WorkerSummary, 'pid' | 'started' | 'isReady' | 'tasks'>;

function toTold({ pid, started, isReady, tasks }: Omit<Told, 'pid'> & { readonly pid: number | undefined }): Told {
  return { pid: pid ?? 0, started, isReady, tasks };
}

function toChild(child: Worker, isSpare: boolean, kept: ReturnType<FindKept>): Told & Pick<WorkerSummary, 'role' | 'isBusy'> {
  const told = toTold(child);
  if (isSpare) return { ...told, role: 'spare', isBusy: false };
  return kept === undefined ? { ...told, role: 'task', isBusy: true } : { ...told, role: 'kept', tasks: kept.tasks, isBusy: !kept.isIdle };
}

/** Best effort: what runs matters more than what checks. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) os.setPriority(pid, os.constants.priority.PRIORITY_LOW);
  } catch {
    // It may have ended already, which whoever waits for it is told.
  }
}

/** A secret that only the started process knows, and what marks everything that it starts. */
function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}
