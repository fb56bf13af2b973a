import type { CodeNow } from '../protocol/trace.ts';

type Files = CodeNow['files'];

/** What is to be known of a tree of files by its paths alone. */
export interface CodeTree {
  /** names inside a folder, sorted; `undefined` = there is no such folder. `''` = root */
  list(folder: string): readonly string[] | undefined;
  isFolder(path: string): boolean;
  /** All that could answer to the import of `name` in a folder, as one text; `''` = nothing. */
  resolve(folder: string, name: string): string;
  /** The file that `import a.b` loads, or `undefined`. */
  toModule(dotted: string): string | undefined;
}

/** A listing is made once per tree: many earlier results are compared with one. */
const trees = new WeakMap<Files, CodeTree>();

export function toCodeTree(files: Files): CodeTree {
  let tree = trees.get(files);
  if (tree === undefined) trees.set(files, (tree = createCodeTree(files)));
  return tree;
}

function createCodeTree(files: Files): CodeTree {
  const folders = toFolders(files);
  const list = (folder: string): readonly string[] | undefined => {
    const names = folders.get(folder);
    return names === undefined ? undefined : [...names].sort();
  };
  return {
    list,
    isFolder: (path) => folders.has(path),
    resolve: (folder, name) => resolve(folders, folder, name),
    toModule(dotted) {
      const path = dotted.replaceAll('.', '/');
      return [`${path}/__init__.py`, `${path}.py`].find((file) => Object.hasOwn(files, file));
    },
  };
}

function toFolders(files: Files): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>([['', new Set()]]);
  for (const file of Object.keys(files)) {
    let path = file;
    for (;;) {
      const slash = path.lastIndexOf('/');
      const folder = slash < 0 ? '' : path.slice(0, slash);
      const names = folders.get(folder);
      const name = path.slice(slash + 1);
      if (names === undefined) folders.set(folder, new Set([name]));
      else if (names.has(name)) break;
      else names.add(name);
      if (folder === '') break;
      path = folder;
    }
  }
  return folders;
}

/** Packages, namespace packages, and every file that an import of this name may load: `name.py`, `name.cpython-313-x86_64-linux-gnu.so`. */
function resolve(folders: ReadonlyMap<string, ReadonlySet<string>>, folder: string, name: string): string {
  const inside = folders.get(folder === '' ? name : `${folder}/${name}`);
  const beside = [...(folders.get(folder) ?? [])].filter((file) => file.startsWith(`${name}.`) && isModule(file, name));
  const starts = inside === undefined ? [] : ['/', ...[...inside].filter((file) => isModule(file, '__init__')).map((file) => `/${file}`)];
  return [...beside, ...starts].sort().join(' ');
}

function isModule(file: string, name: string): boolean {
  return file.startsWith(`${name}.`) && /\.(?:py|pyc|pyd|so|pyx|pyw)$/.test(file);
}
