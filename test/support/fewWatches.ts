import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createChokidarWatcher } from '../../rde-agent/builder/chokidarWatcher.ts';
import { createFolderWatcher } from '../../rde-agent/builder/folderWatcher.ts';
import { PythonBuilder } from '../../rde-agent/builder/pythonArtifact.ts';
import { LiveIndex } from '../../rde-agent/builder/liveIndex.ts';
import { silentLogger } from './silentLogger.ts';
import { createTempFolder, removeFolder } from './tempFolder.ts';
import { waitFor } from './waitFor.ts';

// Runs where the system gives fewer watches than there are folders, and prints how the index got along.
const files = Object.fromEntries(Array.from({ length: Number(process.argv[3] ?? 30) }, (_, number) => [`m${number}/a.py`, 'a']));
const root = createTempFolder(files);
const watcher = process.argv[2] === 'chokidar' ? createChokidarWatcher : createFolderWatcher;
const live = new LiveIndex({ root, cacheFile: undefined, now: Date.now, logger: silentLogger, watcher });
await live.start();
const builder = new PythonBuilder(live.index.counters);
const build = (): string | undefined => {
  const target = {
    kind: 'module',
    name: 'n/m29',
    folder: 'm29',
    entry: { file: 'a.py', function: 'run' },
    skip: new Set<string>(),
  } as const;
  const result = builder.build(target, live.index.folder('m29'), 0);
  return result.kind === 'built' ? result.artifact.digest : undefined;
};
await waitFor('the fallback', () => live.watcher === 'polling');
const before = build();
writeFileSync(path.join(root, 'm29/a.py'), 'changed');
const seen = await waitFor('the change', () => live.index.file('m29/a.py')?.size === 'changed'.length);
console.log(
  JSON.stringify({ watcher: live.watcher, notes: live.notes().length, seen, rebuilt: before !== undefined && before !== build() }),
);
await live.dispose();
removeFolder(root);
