import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestAgent } from '../support/agent.ts';
import { readRuns } from '../support/readRuns.ts';
import { SAMPLE_WORKFLOW } from '../support/sampleRuns.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/state/', import.meta.url));

describe('state folders of earlier versions', function () {
  this.timeout(30_000);

  for (const version of readdirSync(FIXTURES)) {
    it(`${version} opens, and its runs answer the same`, async () => {
      const stateFolder = mkdtempSync(join(tmpdir(), 'cairn-state-'));
      cpSync(join(FIXTURES, version), stateFolder, { recursive: true });
      chmodSync(stateFolder, 0o700);
      const agent = await TestAgent.start({ stateFolder });
      try {
        assert.equal(
          `${await readRuns(agent.connect(), SAMPLE_WORKFLOW)}\n`,
          readFileSync(join(FIXTURES, version, 'answers.json'), 'utf8'),
        );
      } finally {
        await agent.dispose();
        rmSync(stateFolder, { recursive: true, force: true });
      }
    });
  }
});
