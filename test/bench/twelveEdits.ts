import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CairnReuser } from './everydayCairn.ts';
import { EVERYDAY_EDITS } from './everydayEdits.ts';
import { createPeers, installSite, type Attempt, type Reuser } from './everydayPeers.ts';
import { findOrInstall } from './peers.ts';

/** The twelve everyday edits with nothing declared: ours through the command line, and the same program in the idiom of each peer. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-twelve-')));
const ours = new CairnReuser(join(folder, 'state'));
try {
  const scores = await compare([ours, ...listPeers()]);
  for (const edit of EVERYDAY_EDITS.filter(({ counts }) => counts)) console.log(`${edit.name}: ${ours.reasons.get(edit.name) ?? ''}`);
  process.exitCode = scores[0] === EVERYDAY_EDITS.length ? 0 : 1;
} finally {
  await ours.dispose();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function listPeers(): readonly Reuser[] {
  const python = findOrInstall('python3', 'python3');
  const peers = python === undefined ? [] : createPeers(folder, (version) => installSite(python, folder, version));
  return peers.flatMap(([name, peer]) => {
    if (peer.kind === 'ready') return [peer.peer];
    console.log(`${name} is left out: ${peer.reason}`);
    return [];
  });
}

/** Prints a row for each edit; answers how many each contestant got right. */
async function compare(contestants: readonly Reuser[]): Promise<readonly number[]> {
  const width = Math.max(...EVERYDAY_EDITS.map(({ name }) => name.length)) + 2;
  const cell = (text: string): string => text.padEnd(16);
  console.log(`${''.padEnd(width)}${cell('right')}${contestants.map(({ name }) => cell(name)).join('')}`);
  const scores = contestants.map(() => 0);
  for (const edit of EVERYDAY_EDITS) {
    const words: string[] = [];
    for (const [index, contestant] of contestants.entries()) {
      const word = toWord(edit.counts, await contestant.editAndRun(edit));
      if (!word.includes('!')) scores[index] = (scores[index] ?? 0) + 1;
      words.push(word);
    }
    console.log(`${edit.name.padEnd(width)}${cell(edit.counts ? 'run' : 'reuse')}${words.map(cell).join('')}`);
  }
  console.log(
    `${'right'.padEnd(width)}${cell('')}${scores.map((score) => cell(`${String(score)} of ${String(EVERYDAY_EDITS.length)}`)).join('')}`,
  );
  return scores;
}

function toWord(counts: boolean, attempt: Attempt): string {
  if (attempt === 'executed') return counts ? 'run' : 'run !needless';
  return counts ? 'reuse !STALE' : 'reuse';
}
