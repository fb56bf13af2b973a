// Turns the import table into rules of dependency-cruiser.
import { importTable, pureFolders, siblingFolders } from './importTable.mjs';

const ours = '^(extension|language|rde-agent|webviews)/';

/** All rules, in the form that dependency-cruiser takes. */
export function boundaryRules() {
  return [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pure-stays-pure',
      comment: 'No clock, no files, no process here: the caller passes in what is needed.',
      severity: 'error',
      from: { path: anyOf(pureFolders) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'vscode-only-at-the-edge',
      comment: 'Only extension/ui, extension/platform and extension/main.ts know the editor.',
      severity: 'error',
      from: { path: ours, pathNot: '^extension/(ui/|platform/|main\\.ts$)' },
      to: { path: packagePaths('vscode') },
    },
    {
      name: 'product-never-imports-test',
      comment: 'Tests and tools may import the product; nothing that is shipped imports them.',
      severity: 'error',
      from: { path: ours },
      to: { path: '^(test|tools)/' },
    },
    ...siblingFolders.map(siblingRule),
    ...importTable.map(rowRule),
  ];
}

function siblingRule(folder) {
  return {
    name: `${folder.split('/').at(-1)}-are-siblings`,
    comment: `What stands side by side in ${folder} shares only the contract above it.`,
    severity: 'error',
    from: { path: `^${folder}/([^/]+)/` },
    to: { path: `^${folder}/[^/]+/`, pathNot: `^${folder}/$1/` },
  };
}

/** The first row that names a folder is the one that holds for it. */
function rowRule(row, index) {
  const earlier = importTable.slice(0, index).map((other) => other.from);
  return {
    name: `imports-of-${row.from.replace('/[^/]+', '-panels').replace('/', '-')}`,
    comment:
      'Not in the table of who imports whom (docs/architecture.md): a new edge needs a decision and a change of tools/check/importTable.mjs.',
    severity: 'error',
    from: { path: fromPattern(row), ...(earlier.length > 0 ? { pathNot: anyOf(earlier) } : {}) },
    to: { pathNot: allowed(row), dependencyTypesNot: row.node ? ['core'] : [] },
  };
}

function allowed(row) {
  const self = row.from.includes('[') ? '^webviews/$1/' : `^${row.from}/`;
  const folders = row.folders.map((folder) => (folder.endsWith('$') ? `^${folder}` : `^${folder}/`));
  // Where vscode may stand is said by its own rule, once.
  return [self, ...folders, ...[...(row.packages ?? []), 'vscode'].flatMap(packagePaths)];
}

/** A package as it is resolved: its own folder, its types, or by its bare name where it cannot be resolved. */
function packagePaths(name) {
  return [`^${name}$`, `^${name}/`, `node_modules/${name}/`, `node_modules/@types/${name}/`];
}

function anyOf(folders) {
  return `^(${folders.join('|')})/`;
}

/** The panels are one row: the folder's name is captured, so that a panel may import itself and no other. */
function fromPattern(row) {
  return row.from.includes('[') ? '^webviews/([^/]+)/' : `^${row.from}/`;
}
