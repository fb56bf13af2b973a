import { existsSync } from 'node:fs';

/** Variables of a process, without absent ones. */
export type Variables = { readonly [name: string]: string };

const INSTALLER =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|LANG|TZ|LC_.*|XDG_.*|SSL_CERT_.*|PIP_.*|UV_.*|npm_config_.*|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(?:https?|all|no)_proxy)$/i;
const TASK = /^(?:PATH|HOME|LANG|TZ|LC_.*)$/;

/** What makes numeric libraries start no thread when they are imported; children raise it again. */
const ONE_THREAD = [
  'OPENBLAS_NUM_THREADS',
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'BLIS_NUM_THREADS',
  'POLARS_MAX_THREADS',
  'RAYON_NUM_THREADS',
  'TOKIO_WORKER_THREADS',
  'ARROW_IO_THREADS',
];

/** What an installer may have: certificates, proxies and index settings too, which can hold tokens and never reach a task. */
export function toInstallerVariables(agent: { readonly [name: string]: string | undefined }): Variables {
  const kept = pick(agent, INSTALLER);
  const system: Variables = kept['SSL_CERT_FILE'] === undefined && kept['SSL_CERT_DIR'] === undefined ? { UV_SYSTEM_CERTS: '1' } : {};
  return {
    ...toUvIndexes(kept),
    ...system,
    ...kept,
    UV_NO_PROGRESS: '1',
    UV_PYTHON_DOWNLOADS: 'never',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
}

/** uv does not read pip's settings of where packages are. */
function toUvIndexes(kept: Variables): Variables {
  const pairs = [
    ['PIP_INDEX_URL', 'UV_DEFAULT_INDEX'],
    ['PIP_EXTRA_INDEX_URL', 'UV_INDEX'],
    ['PIP_FIND_LINKS', 'UV_FIND_LINKS'],
    ['PIP_NO_INDEX', 'UV_NO_INDEX'],
  ] as const;
  const mapped: { [name: string]: string } = {};
  for (const [pip, uv] of pairs) {
    const value = kept[pip];
    if (value !== undefined && value !== '' && (uv !== 'UV_FIND_LINKS' || existsSync(value))) mapped[uv] = value;
  }
  return mapped;
}

export interface TaskVariablesOptions {
  readonly agent: { readonly [name: string]: string | undefined };
  /** `bin` of the environment: first on PATH, so that a task's own `python` is this one */
  readonly binFolder: string;
  readonly declared: Variables;
  readonly runnerFolder: string;
  readonly owner: string;
  readonly token: string;
}

/** What a zygote or worker starts with, built from nothing: whatever else the agent has stays with the agent. */
export function toTaskVariables(options: TaskVariablesOptions): Variables {
  const base = pick(options.agent, TASK);
  const threads = Object.fromEntries(ONE_THREAD.map((name) => [name, '1']));
  return {
    ...base,
    LANG: base['LANG'] ?? 'C.UTF-8',
    TMPDIR: '/tmp',
    ...options.declared,
    PATH: `${options.binFolder}:${options.declared['PATH'] ?? base['PATH'] ?? '/usr/bin:/bin'}`,
    ...threads,
    PYTHONPATH: [options.runnerFolder, options.declared['PYTHONPATH'] ?? ''].filter((entry) => entry !== '').join(':'),
    CAIRN_OWNER: options.owner,
    CAIRN_TASK: options.token,
  };
}

/** What a probe of an interpreter needs, and nothing that could steer it. */
export function toProbeVariables(agent: { readonly [name: string]: string | undefined }): Variables {
  return pick(agent, TASK);
}

function pick(variables: { readonly [name: string]: string | undefined }, pattern: RegExp): Variables {
  const kept: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(variables)) if (value !== undefined && pattern.test(name)) kept[name] = value;
  return kept;
}
