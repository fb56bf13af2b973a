import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '../../../rde-agent/client/agentClient.ts';
import type { ClustersDocument, ClusterSummary } from '../../../rde-agent/protocol/clusterDocument.ts';
import { reduceClusters, type ClustersAction, type ClustersView } from '../../../rde-agent/protocol/clustersView.ts';
import { CLUSTERS_URI } from '../../../rde-agent/protocol/wire.ts';
import { listProcessesOf } from '../../support/agent.ts';
import { waitFor } from '../../support/waitFor.ts';
import { Home, Studio, toModule } from './studio.ts';

/** Goes on as soon as the file is there. */
const TASK = `import time
from pathlib import Path


def run(name: int, folder: str):
    Path(folder, f"began-{name}").write_text("")
    end = time.monotonic() + 60
    while not Path(folder, "go").exists() and time.monotonic() < end:
        time.sleep(0.01)
    return {"out": name}
`;
const WORKFLOW = `workflow: at/wait
params: { folder: { type: string } }
steps:
  wait:
    module: at/wait
    foreach: { name: [1, 2, 3, 4, 5] }
    params: { name: '\${foreach.name}', folder: '\${params.folder}' }
    cluster: big
`;

describe('acceptance: what clusters are doing', function () {
  this.timeout(60_000);
  let home: Home;
  let studio: Studio;
  let folder: string;
  let client: AgentClient;
  before(() => {
    home = new Home();
    writeFileSync(join(home.stateFolder, 'agent.yaml'), 'clusters: { big: { workers: 2 } }\n');
    folder = mkdtempSync(join(tmpdir(), 'cairn-clusters-'));
    studio = new Studio(home, {
      ...toModule('at/wait', { code: TASK, params: '{ name: int, folder: string }', more: 'determinism: external\n' }),
      'workflows/wait.workflow.yaml': WORKFLOW,
    });
    client = new AgentClient({ stateFolder: home.stateFolder, client: 'test' });
  });
  after(async () => {
    client.dispose();
    studio.dispose();
    rmSync(folder, { recursive: true });
    await home.dispose();
  });

  async function list(): Promise<ClustersDocument> {
    const { code, out, err } = await studio.cairn(['cluster', 'list', '--json']);
    assert.equal(code, 0, err);
    return JSON.parse(out) as ClustersDocument;
  }

  it('places, who has them, what waits and in which processes: to whoever asks, and to whoever follows', async () => {
    assert.deepEqual(
      (await list()).clusters.map(({ cluster, busy, queued }) => [cluster, busy, queued]),
      [
        ['local', 0, 0],
        ['big', 0, 0],
      ],
    );
    const seen: ClusterSummary[] = [];
    let view: ClustersView = { clusters: [] };
    const following = client.subscribe<ClustersView, ClustersAction>({
      uri: CLUSTERS_URI,
      reduce: reduceClusters,
      onDidChange: (next) => {
        view = next;
        seen.push(...next.clusters.filter(({ cluster }) => cluster === 'big'));
      },
      onDidFail: (error) => assert.fail(error),
    });
    const running = studio.run('at/wait', '--param', `folder=${folder}`);
    const isFull = ({ busy, queued, workers }: ClusterSummary): boolean => busy === 2 && queued === 3 && workers.length === 2;
    await waitFor('the follower sees two at work', () => view.clusters.some((each) => each.cluster === 'big' && isFull(each)));
    const { clusters } = await list();
    const big = clusters.find(({ cluster }) => cluster === 'big');
    assert.ok(big !== undefined && isFull(big), JSON.stringify(clusters));
    assert.deepEqual([big.slots, big.leases.map(({ step }) => step).sort()], [2, ['wait[1]', 'wait[2]']]);
    const processes = listProcessesOf(home.stateFolder);
    for (const { pid, state, mode, rss, started, version, tasks } of big.workers) {
      assert.ok(
        processes.some((line) => line.startsWith(`${String(pid)} `)),
        processes.join('\n'),
      );
      assert.deepEqual([state, mode, tasks], ['busy', 'forked', 1]);
      assert.match(version, /^3\.\d+\.\d+/);
      assert.ok((rss ?? 0) > 0 && Date.parse(started) <= Date.now());
    }
    const local = clusters.find(({ cluster }) => cluster === 'local');
    assert.deepEqual(
      local?.workers.filter(({ mode }) => mode === 'zygote').map(({ state }) => state),
      ['warm'],
    );
    const shown = await studio.cairn(['cluster', 'show', 'big']);
    assert.match(shown.out, /2 of 2 taken/);
    writeFileSync(join(folder, 'go'), '');
    assert.equal((await running).state, 'succeeded');
    await waitFor('the follower sees it end', () => view.clusters.some(({ cluster, busy }) => cluster === 'big' && busy === 0));
    following.dispose();
    assert.ok(seen.length < 40, `told ${String(seen.length)} times of five tasks`);
  });

  it('one that is not there is named with those that are', async () => {
    const { code, err } = await studio.cairn(['cluster', 'show', 'none', '--json']);
    assert.equal(code, 2);
    assert.match(err, /There is no cluster none.*local, big/);
  });
});
