import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKey } from '../../rde-agent/client/newKey.ts';
import type { PlanDocument, RunDocument, WhyDocument } from '../../rde-agent/protocol/documents.ts';
import type { CheckedParamsOf } from '../../rde-agent/protocol/operations.ts';
import type { Roles } from '../../rde-agent/server/agent.ts';
import { composeRoles } from '../../rde-agent/server/composeRoles.ts';
import { findPlaces } from '../../rde-agent/server/places.ts';
import { createNewId, systemClock } from '../../rde-agent/server/systemClock.ts';
import { OWNER, untilFinished } from './runRole.ts';
import { silentLogger } from './silentLogger.ts';

type Params = CheckedParamsOf<'workspace.plan'>['params'];

const SERVER = new URL('../../rde-agent/server/main.ts', import.meta.url).href;

export interface Asked {
  readonly root: string;
  readonly workflow: string;
  readonly params?: Params;
  readonly force?: boolean;
}

/** Both roles as an agent has them, with real processes and the real store, in this process: without a server and its sockets. */
export class Composition {
  readonly stateFolder = mkdtempSync(join(tmpdir(), 'cairn-composition-'));
  #roles: Roles | undefined;

  get roles(): Roles {
    if (this.#roles === undefined) throw new Error('not started');
    return this.#roles;
  }

  async start(): Promise<void> {
    const context = { stateFolder: this.stateFolder, logger: silentLogger, clock: systemClock, newId: createNewId(), owner: OWNER };
    this.#roles = await composeRoles(context, findPlaces(SERVER));
  }

  plan({ root, workflow, params = {} }: Asked): Promise<PlanDocument> {
    return this.roles.workspaceRole.plan({ root, workflow, params, documents: {} }, OWNER);
  }

  /** Submits the saved files and waits for the end. */
  async run({ root, workflow, params = {}, force = false }: Asked): Promise<RunDocument> {
    const { run } = await this.roles.workspaceRole.submit({ root, workflow, params, force, documents: {}, key: newKey() }, OWNER);
    return untilFinished(this.roles.runRole, run);
  }

  why(run: string, step: string): WhyDocument {
    return this.roles.runRole.why(run, step, OWNER);
  }

  async stop(): Promise<void> {
    await this.#roles?.stop();
    this.#roles = undefined;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.stateFolder, { recursive: true, force: true, maxRetries: 3 });
  }
}
