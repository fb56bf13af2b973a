import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import zlib from 'node:zlib';
import type { DoctorDocument } from '../protocol/documents.ts';
import { KEY_FILE } from '../protocol/wire.ts';
import type { Environment } from '../client/stateFolder.ts';
import { ProbeCache } from '../runtimes/process/python/probeCache.ts';
import { PythonFinder } from '../runtimes/process/python/pythonFinder.ts';
import { toProbeVariables } from '../runtimes/process/environment/variables.ts';
import { systemClock } from './systemClock.ts';

export type DoctorCheck = DoctorDocument['checks'][number];

/** bytes of free disk below which runs are likely to fail */
const LITTLE_DISK = 2 * 1024 ** 3;
/** folders that a big workspace needs to watch */
const FEW_WATCHES = 65_536;

/** What this host offers and what is missing, each with what to do. Looks and changes nothing. */
export async function checkHost(stateFolder: string, env: Environment): Promise<DoctorCheck[]> {
  const linux = process.platform === 'linux' ? [checkWatches(), checkLandlock(), checkCgroups()] : [];
  return [
    await checkNode(),
    await checkPython(env),
    checkUv(stateFolder, env),
    checkStateFolder(stateFolder),
    checkDisk(stateFolder),
    checkBlobs(stateFolder),
    ...linux,
    checkNativeReads(),
  ];
}

async function checkNode(): Promise<DoctorCheck> {
  const missing = [(await hasSqlite()) ? '' : 'node:sqlite', hasDictionaries() ? '' : 'zstd with a dictionary'].filter(
    (name) => name !== '',
  );
  if (missing.length === 0) return { name: 'node', state: 'ok', message: `Node ${process.versions.node} at ${process.execPath}` };
  return {
    name: 'node',
    state: 'broken',
    message: `Node ${process.versions.node} lacks ${missing.join(' and ')}.`,
    next: 'Install Node 22.19 or newer.',
  };
}

async function hasSqlite(): Promise<boolean> {
  try {
    await import('node:sqlite');
    return true;
  } catch {
    return false; // Node before 22.13 keeps it behind an option
  }
}

/** Node before 22.19 takes a dictionary and ignores it silently, so the sizes are compared. */
function hasDictionaries(): boolean {
  if (typeof zlib.zstdCompressSync !== 'function') return false;
  const text = Buffer.from(Array.from({ length: 64 }, (_, index) => `line ${String(index * 7919)}`).join('\n'));
  return zlib.zstdCompressSync(text, { dictionary: text }).length < zlib.zstdCompressSync(text).length / 2;
}

async function checkPython(env: Environment): Promise<DoctorCheck> {
  const found = await new PythonFinder(env, new ProbeCache(undefined, toProbeVariables(env)), systemClock).list();
  const [newest] = found;
  if (newest === undefined) {
    return {
      name: 'python',
      state: 'missing',
      message: 'No Python 3.10 or newer was found.',
      next: 'Install Python 3.10 or newer, and put it on PATH.',
    };
  }
  return { name: 'python', state: 'ok', message: found.map((python) => `${python.version} (${python.executable})`).join(', ') };
}

function checkUv(stateFolder: string, env: Environment): DoctorCheck {
  const onPath = (env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'uv'));
  const path = [env['CAIRN_UV'] ?? '', ...onPath, join(stateFolder, 'tools', 'uv', 'bin', 'uv')].find(isExecutable);
  if (path !== undefined) return { name: 'uv', state: 'ok', message: path };
  return {
    name: 'uv',
    state: 'missing',
    message: 'uv is not installed; it is fetched when the first environment is made.',
    next: 'Nothing to do, or install uv yourself.',
  };
}

function checkStateFolder(folder: string): DoctorCheck {
  if (!existsSync(folder))
    return { name: 'state', state: 'missing', message: `${folder} is made at the first start.`, next: 'Run `cairn agent start`.' };
  const problem = findOpenDoor(folder) ?? findOpenDoor(join(folder, KEY_FILE));
  if (problem !== undefined)
    return { name: 'state', state: 'broken', message: `${problem} can be read by other users.`, next: `Run: chmod go-rwx '${problem}'` };
  if (!isWritable(folder))
    return {
      name: 'state',
      state: 'broken',
      message: `${folder} cannot be written to.`,
      next: 'Correct its owner, or name another folder in CAIRN_HOME.',
    };
  return { name: 'state', state: 'ok', message: folder };
}

function findOpenDoor(path: string): string | undefined {
  if (process.platform === 'win32' || !existsSync(path)) return undefined;
  return (statSync(path).mode & 0o077) === 0 ? undefined : path;
}

/** Content that was not what it had been is made again by itself; that it happened tells of the disk. */
function checkBlobs(folder: string): DoctorCheck {
  const quarantine = join(folder, 'blobs', 'quarantine');
  const count = existsSync(quarantine) ? readdirSync(quarantine).length : 0;
  if (count === 0) return { name: 'blobs', state: 'ok', message: 'no damaged content was found' };
  return {
    name: 'blobs',
    state: 'broken',
    message: `${String(count)} damaged ${count === 1 ? 'blob was' : 'blobs were'} set aside in ${quarantine}; what needs them runs again.`,
    next: 'Check the disk and who else writes to the state folder; then delete that folder.',
  };
}

function checkDisk(folder: string): DoctorCheck {
  const nearest = existsSync(folder) ? folder : '/';
  const { bavail, bsize } = statfsSync(nearest);
  const free = bavail * bsize;
  const message = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return free >= LITTLE_DISK
    ? { name: 'disk', state: 'ok', message }
    : { name: 'disk', state: 'broken', message, next: 'Free some space, or name another folder in CAIRN_HOME.' };
}

function checkWatches(): DoctorCheck {
  const most = Number(readText('/proc/sys/fs/inotify/max_user_watches') ?? 0);
  const instances = Number(readText('/proc/sys/fs/inotify/max_user_instances') ?? 0);
  const message = `${String(most)} watches, ${String(instances)} instances`;
  if (most >= FEW_WATCHES && instances >= 64) return { name: 'inotify', state: 'ok', message };
  return {
    name: 'inotify',
    state: 'missing',
    message: `${message}; big workspaces fall back to polling.`,
    next: 'Raise fs.inotify.max_user_watches to 524288 and max_user_instances to 512.',
  };
}

/** Readers such as `polars.read_csv` tell the interpreter nothing of the files that they open. */
function checkNativeReads(): DoctorCheck {
  if (process.platform === 'linux')
    return {
      name: 'native-reads',
      state: 'ok',
      message:
        "Files of a module's folder that native code opens are told by the kernel; of files elsewhere only what code or parameters name.",
    };
  return {
    name: 'native-reads',
    state: 'missing',
    message:
      "This system does not tell which files native code opens: for tasks with native packages every data file of the module's folder counts.",
    next: 'Nothing to do: such tasks run again somewhat more often than on Linux.',
  };
}

function checkLandlock(): DoctorCheck {
  const modules = readText('/sys/kernel/security/lsm');
  if (modules?.split(',').includes('landlock') === true)
    return { name: 'landlock', state: 'ok', message: 'The kernel can restrict what tasks see.' };
  const why = modules === undefined ? 'The list of security modules cannot be read.' : 'The kernel was started without it.';
  return { name: 'landlock', state: 'missing', message: why, next: 'Nothing to do now: tasks of this version run with your own rights.' };
}

function checkCgroups(): DoctorCheck {
  const controllers = readText('/sys/fs/cgroup/cgroup.controllers');
  if (controllers !== undefined) return { name: 'cgroups', state: 'ok', message: `version 2: ${controllers}` };
  if (existsSync('/sys/fs/cgroup/memory')) return { name: 'cgroups', state: 'ok', message: 'version 1' };
  return {
    name: 'cgroups',
    state: 'missing',
    message: 'No control groups are mounted.',
    next: 'Nothing to do now: memory limits are kept per process.',
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // not offered by this kernel, or not to us
  }
}

function isExecutable(path: string): boolean {
  return path !== '' && can(path, constants.X_OK);
}

function isWritable(path: string): boolean {
  return can(path, constants.W_OK);
}

function can(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
