// uv, and with it the Python environment of the test tools.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execute, SetupError } from './execute.mjs';
import { installerEnvironment, uvEnvironment } from './environment.mjs';
import { cache, digestOf, root } from './paths.mjs';
import { createFolder } from './unpack.mjs';

const uvVersion = '0.13.8';
const uvFolder = path.join(cache, `uv-${uvVersion}`);

/** Folder to put on PATH: it holds `uv` and nothing else. */
export const uvBin = path.join(uvFolder, 'bin');

export const uv = {
  name: `uv ${uvVersion}`,
  isDone: () => existsSync(path.join(uvBin, 'uv')),
  run: () => createFolder(uvFolder, installUv),
};

/** pytest and the data libraries. */
export const pythonTools = pythonEnvironment('Python test tools', 'python-tests', 'test/python/requirements.lock');

/** An object store that others wrote, for the tests of sources. */
export const objectStore = pythonEnvironment('S3 server', 'object-store', 'test/support/objectStore/requirements.lock');

/** Real packages whose source is edited and run by the oracle. */
export const oracleSources = pythonEnvironment('sources of the oracle', 'oracle-sources', 'test/oracle/requirements.lock');

/** A step that makes a virtual environment from a lock; `executable()` is its Python when the step is done. */
function pythonEnvironment(name, prefix, lock) {
  const requirements = path.join(root, lock);
  const toFolder = () => path.join(cache, `${prefix}-${digestOf(readFileSync(requirements, 'utf8'))}`);
  return {
    name,
    isDone: () => existsSync(path.join(toFolder(), 'complete')),
    run: () => installEnvironment(toFolder(), requirements),
    executable: () => path.join(toFolder(), process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'),
  };
}

async function installEnvironment(folder, requirements) {
  // A virtual environment holds its own path in its scripts, so it is made in place and marked when it is complete.
  const environment = uvEnvironment({ VIRTUAL_ENV: folder });
  const uvProgram = path.join(uvBin, 'uv');
  await execute(uvProgram, ['venv', '--clear', '--no-python-downloads', '--python', await findPython(), folder], { env: environment });
  await execute(uvProgram, ['pip', 'install', '--require-hashes', '--compile-bytecode', '-r', requirements], {
    env: environment,
    nextStep: registryHint,
  });
  writeFileSync(path.join(folder, 'complete'), '');
}

const registryHint =
  'Check that the Python package index is reachable (PIP_INDEX_URL, proxies and certificates are passed on), then run again.';

async function installUv(draft) {
  const python = await findPython();
  const attempts = [
    () => withPip(python, ['-m', 'pip'], draft),
    () => withVenv(python, draft),
    () => withPip('pip3', [], draft),
    () => withPip('pip', [], draft),
  ];
  const failures = [];
  for (const attempt of attempts) {
    try {
      return moveUv(draft, await attempt());
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      failures.push(`${error.message}\n${error.output}`.trim());
    }
  }
  throw new SetupError('no way to install uv worked', {
    output: failures.join('\n'),
    nextStep: 'Give Python a pip (Debian: apt-get install python3-pip python3-venv), or check that the Python package index is reachable.',
  });
}

async function withPip(command, first, draft) {
  const target = path.join(draft, 'pip');
  const args = [...first, 'install', '--quiet', '--no-deps', '--target', target, `uv==${uvVersion}`];
  await execute(command, args, { env: installerEnvironment() });
  return path.join(target, 'bin/uv');
}

async function withVenv(python, draft) {
  const target = path.join(draft, 'venv');
  await execute(python, ['-m', 'venv', target], { env: installerEnvironment() });
  await execute(path.join(target, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `uv==${uvVersion}`], { env: installerEnvironment() });
  return path.join(target, 'bin/uv');
}

function moveUv(draft, program) {
  mkdirSync(path.join(draft, 'bin'));
  const target = path.join(draft, 'bin/uv');
  copyFileSync(program, target);
  chmodSync(target, 0o755);
}

/** The first Python on PATH that modules may use. */
async function findPython() {
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    try {
      const found = await execute(name, ['-c', 'import sys; print(sys.executable if sys.version_info >= (3, 10) else "")']);
      if (found.trim() !== '') return found.trim();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
    }
  }
  throw new SetupError('no Python 3.10 or newer on PATH', { nextStep: 'Install Python 3.10 or newer (Debian: apt-get install python3).' });
}
