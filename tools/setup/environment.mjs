// The environment that installers get: enough to reach the registries, nothing else.
import { existsSync } from 'node:fs';

const kept = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|LANG|LC_.*|XDG_.*)$/,
  /^SSL_CERT_(FILE|DIR)$/,
  /^(PIP|UV)_/,
  /^npm_config_/i,
  /^NODE_EXTRA_CA_CERTS$/,
  /^(REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/,
  /^(https?|all|no)_proxy$/i,
  /^(SystemRoot|APPDATA|LOCALAPPDATA|USERPROFILE)$/,
];

// `npm run` describes itself to scripts in variables that change what a second npm does.
const npmOwn = /^npm_config_(local_prefix|node_gyp|user_agent|init_module|npm_version)$/i;

/** What npm, pip and uv are run with. */
export function installerEnvironment(extra = {}) {
  const environment = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (kept.some((pattern) => pattern.test(name)) && !npmOwn.test(name)) environment[name] = value;
  }
  return { ...environment, ...extra };
}

/** uv reads neither pip's variables nor the system's certificates by itself. */
export function uvEnvironment(extra = {}) {
  const environment = installerEnvironment();
  if (!environment.SSL_CERT_FILE && !environment.SSL_CERT_DIR) environment.UV_SYSTEM_CERTS ??= '1';
  if (environment.PIP_INDEX_URL) environment.UV_DEFAULT_INDEX ??= environment.PIP_INDEX_URL;
  if (environment.PIP_EXTRA_INDEX_URL) environment.UV_INDEX ??= environment.PIP_EXTRA_INDEX_URL;
  if (environment.PIP_FIND_LINKS && existsSync(environment.PIP_FIND_LINKS)) environment.UV_FIND_LINKS ??= environment.PIP_FIND_LINKS;
  return { ...environment, UV_NO_PROGRESS: '1', ...extra };
}

const npmLifecycle = /^(npm_(lifecycle|package|config)_.*|npm_(execpath|node_execpath|command)|INIT_CWD)$/i;

/** What the tasks themselves run with: the caller's environment without npm's description of the script. */
export function taskEnvironment(extra = {}) {
  const environment = { ...process.env, ...extra };
  for (const name of Object.keys(environment)) if (npmLifecycle.test(name)) delete environment[name];
  return environment;
}
