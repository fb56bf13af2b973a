// Who may import whom: the table of docs/architecture.md as data. dependency-cruiser enforces it; test/unit/tools proves that it does.

/** The three pure contracts. */
const model = 'language/model';
const protocol = 'rde-agent/protocol';
const panelProtocol = 'webviews/protocol';

const storeContracts = 'rde-agent/store/[^/]+\\.ts$';
const runtimeContract = 'rde-agent/runtimes/runtime\\.ts$';

/**
 * One row per folder. `folders`: what of ours it may import beside itself (a folder, or a pattern ending in `$` for single files).
 * `packages`: npm packages. `node`: whether Node's own modules are allowed. `vscode`: whether the editor's API is.
 * @type {readonly { from: string, folders: readonly string[], packages?: readonly string[], node?: boolean, vscode?: boolean }[]}
 */
export const importTable = [
  { from: 'language/model', folders: [], packages: ['zod'] },
  { from: 'language/parse', folders: [model], packages: ['yaml', 'zod', 'croner'] },
  { from: 'language/python', folders: [model], packages: ['@vscode/tree-sitter-wasm'] },
  { from: 'language/service', folders: [model, 'language/parse', 'language/python'], packages: ['yaml', 'zod', 'croner'] },
  {
    from: 'language/server',
    // The same files count as for the agent: one deny-list, one reading of ignore files.
    folders: ['language', 'rde-agent/builder/(?:denyList|ignoreRules)\\.ts$'],
    packages: ['vscode-languageserver', 'vscode-languageserver-textdocument', 'picomatch', 'zod'],
    node: true,
  },

  { from: 'rde-agent/protocol', folders: [model], packages: ['zod'] },
  { from: 'rde-agent/engine', folders: [protocol, model] },
  {
    from: 'rde-agent/executor',
    folders: ['rde-agent/engine', protocol, model, runtimeContract, storeContracts, 'rde-agent/integrations/[^/]+\\.ts$'],
    packages: ['zod', 'hyparquet'],
    node: true,
  },
  {
    from: 'rde-agent/integrations',
    folders: [protocol, model, 'rde-agent/integrations/[^/]+\\.ts$'],
    packages: ['pg', '@aws-sdk/client-s3', 'zod'],
    node: true,
  },
  { from: 'rde-agent/runtimes', folders: [protocol, model], packages: ['zod'], node: true },
  {
    from: 'rde-agent/builder',
    folders: [protocol, model, 'language/parse', storeContracts],
    packages: ['chokidar', 'ignore', 'picomatch', 'zod', 'esbuild', 'esbuild-wasm'],
    node: true,
  },
  { from: 'rde-agent/analysis', folders: [protocol, model], packages: ['zod'], node: true },
  { from: 'rde-agent/store', folders: [protocol, model], packages: ['kysely', 'zod'], node: true },
  { from: 'rde-agent/governance', folders: [protocol, model], node: true },
  { from: 'rde-agent/client', folders: [protocol, model], packages: ['ws', 'vscode-jsonrpc', 'zod'], node: true },
  {
    // A browser app: of the client only what knows no Node, and of the panels those that it shows.
    from: 'rde-agent/portal',
    folders: [
      protocol,
      model,
      'rde-agent/client/(?:wireClient|clientSession|reconnect|subscription|repeatable|logFollower)\\.ts$',
      'webviews',
    ],
    packages: ['react', 'react-dom', '@vscode/codicons'],
  },
  {
    from: 'rde-agent/workspace',
    folders: ['rde-agent/builder', protocol, model, 'language/parse', 'language/service', 'language/python', storeContracts],
    packages: ['chokidar', 'ignore', 'picomatch', 'yaml', 'zod', '@vscode/tree-sitter-wasm'],
    node: true,
  },
  {
    from: 'rde-agent/server',
    folders: ['rde-agent', model, 'language/parse', 'language/service', 'language/python'],
    packages: ['fastify', 'ws', 'vscode-jsonrpc', 'pino', 'zod', 'yaml', 'croner', '@vscode/tree-sitter-wasm'],
    node: true,
  },
  {
    from: 'rde-agent/cli',
    folders: ['rde-agent', model, 'language/parse', 'language/service', 'language/python'],
    packages: ['commander', 'zod', 'yaml', 'vscode-jsonrpc', 'ws'],
    node: true,
  },
  { from: 'rde-agent/runner', folders: [], node: true },

  { from: 'webviews/protocol', folders: [model, protocol], packages: ['zod'] },
  {
    // The drawing of a graph, for the panels that show one: it knows no panel.
    from: 'webviews/graph',
    folders: [panelProtocol, 'webviews/shared', model, protocol],
    packages: ['react', 'react-dom', 'd3-zoom', 'd3-selection', '@vscode/codicons'],
  },
  // The only folder that knows the library of form controls: every panel takes them from here.
  { from: 'webviews/shared/ui', folders: [], packages: ['react', '@vscode/webview-ui-toolkit'] },
  {
    from: 'webviews/[^/]+',
    folders: [panelProtocol, 'webviews/shared', 'webviews/graph', model, protocol],
    packages: ['react', 'react-dom', 'd3-zoom', 'd3-selection', '@vscode/codicons', '@tanstack/react-virtual', 'zod'],
  },

  {
    from: 'extension/agent',
    folders: [model, 'language/parse', protocol, 'rde-agent/client'],
    packages: ['ws', 'vscode-jsonrpc', 'zod'],
    node: true,
  },
  {
    from: 'extension',
    folders: ['extension', model, protocol, panelProtocol, 'rde-agent/client', 'language/parse', 'language/service'],
    packages: ['zod', 'yaml', 'vscode-languageclient'],
    node: true,
    vscode: true,
  },
];

/** Siblings behind one contract: they may import the contract's folder level, never each other. */
export const siblingFolders = ['rde-agent/runtimes', 'rde-agent/store', 'rde-agent/integrations'];

/** Folders with neither Node, clock nor editor: what they compute depends on their arguments alone. */
export const pureFolders = importTable.filter((row) => !row.node && !row.from.includes('[')).map((row) => row.from);
