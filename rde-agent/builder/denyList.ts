/**
 * What never leaves the user's folder, whatever any ignore file says: version control, virtual environments, caches, leftovers
 * of editors, and files that usually hold secrets. Decided by the name alone, so that it can't be tricked by a rule.
 */

const FOLDERS = new Set([
  '.git',
  '.hg',
  '.svn',
  '.jj',
  'node_modules',
  '__pycache__',
  '.venv',
  'venv',
  '.virtualenv',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.ipynb_checkpoints',
  '.cache',
  '.cairn',
  '.idea',
  '.eggs',
  '.aws',
  '.ssh',
  '.gnupg',
  '.kube',
  '.docker',
  '.azure',
]);

const FILES = new Set([
  '.DS_Store',
  'Thumbs.db',
  '.netrc',
  '_netrc',
  '.pgpass',
  '.pypirc',
  '.npmrc',
  '.git-credentials',
  '.htpasswd',
  'credentials.json',
  '4913',
]);

const CACHE_FILES = /\.(?:pyc|pyo|swp|swx)$|~$|^\.#|^#.*#$/;
const SECRET_FILES =
  /^\.env(?:\..+)?$|\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk)$|^id_(?:rsa|dsa|ecdsa|ed25519)|^service-account.*\.json$/i;
/** Shown to people as examples of what to set: they hold no values. */
const SECRET_TEMPLATES = /^\.env\.(?:example|sample|template|dist)$/i;

/** Marks a virtual environment under any name. */
export const VIRTUALENV_MARK = 'pyvenv.cfg';

/** Why a name is denied, for people; `undefined` = it is not. */
export function toDenial(name: string, isFolder: boolean): string | undefined {
  if (isFolder) return FOLDERS.has(name) ? `folders named ${name} are never part of a workspace's tree` : undefined;
  if (FILES.has(name) || CACHE_FILES.test(name)) return `files named ${name} are never part of a workspace's tree`;
  if (SECRET_FILES.test(name) && !SECRET_TEMPLATES.test(name)) return `${name} looks like a secret: it never leaves this folder`;
  return name === '.git' ? 'version control is never part of the tree' : undefined;
}
