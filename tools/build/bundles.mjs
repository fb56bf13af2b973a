// The table of what is bundled: every entry, where it goes, and for which host.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/paths.mjs';
import { workerCode } from './workerCode.mjs';

/** zod brings its messages in fifty languages; we speak English. */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({ contents: `export { default as en } from './en.js';` }));
  },
};

/**
 * The library of form controls tries out `:focus-visible` with a style element, which our content policy refuses, and would then draw a ring around
 * everything that is clicked. Every browser that we run in has it.
 */
const knowsFocusVisible = {
  name: 'knows-focus-visible',
  setup(build) {
    build.onLoad({ filter: /fast-foundation[/\\].*[/\\]style[/\\]focus\.js$/ }, () => ({
      contents: `export const focusVisible = 'focus-visible';`,
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  write: false,
  logLevel: 'silent',
  legalComments: 'none',
  // Otherwise esbuild reads every tsconfig.json upwards, beyond the checkout too.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  plugins: [englishOnly],
};

/**
 * Our programs for Node are ES modules that ask for Node's own modules as CommonJS does. An `import` of one of those reads every name that it
 * exports, which loads what nobody uses: `node:http` alone brings a whole HTTP client, a fifth of a start.
 */
const nodeProgram = {
  platform: 'node',
  format: 'cjs',
  outExtension: { '.js': '.mjs' },
  banner: {
    js: `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
const { url: cairnModuleUrl, filename: __filename, dirname: __dirname } = import.meta;`,
  },
  define: { 'import.meta.url': 'cairnModuleUrl', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
};

/** The client of S3 is a quarter of the agent's code, and is loaded when a dataset is there: a file of its own. */
const s3ClientApart = {
  name: 's3-client-apart',
  setup(build) {
    build.onResolve({ filter: /\/s3Client\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './s3Client.mjs', external: true } : undefined,
    );
  },
};

const agentCommon = {
  ...common,
  outdir: 'dist/agent',
  target: 'node22.19',
  // The source stays in the agent's memory. Names are kept, so that a stack in its log can be read.
  minifyWhitespace: true,
  minifySyntax: true,
};

/** What `agent.mjs` and `cairn.mjs` load once compiled code is kept. */
const programApart = {
  name: 'program-apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/main\.ts$/ }, ({ kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      return { path: resolveDir.endsWith('cli') ? './cairnProgram.mjs' : './agentProgram.mjs', external: true };
    });
  },
};

/** The agent, its writer thread, the CLI and the runner for Node: one file each, pure JavaScript, for any Node that VS Code brings. */
function agentPrograms() {
  return {
    ...agentCommon,
    ...nodeProgram,
    entryPoints: {
      agent: 'rde-agent/server/launch.ts',
      agentProgram: 'rde-agent/server/main.ts',
      storeWriter: 'rde-agent/store/sqlite/writerThread.ts',
      previewReader: 'rde-agent/executor/preview/reader.ts',
      cairn: 'rde-agent/cli/launch.ts',
      cairnProgram: 'rde-agent/cli/main.ts',
      'runner/node/worker': 'rde-agent/runner/node/worker.ts',
    },
    plugins: [...common.plugins, s3ClientApart, programApart],
    // Optional native speed-ups of ws: absent, it does without.
    external: ['bufferutil', 'utf-8-validate'],
  };
}

/** A module that the agent loads by its exports. */
function s3Client() {
  return {
    ...agentCommon,
    entryPoints: { s3Client: 'rde-agent/integrations/s3/s3Client.ts' },
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: { js: `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);` },
  };
}

/**
 * Files of their own: the language client, which the extension loads when the first document of a workspace is shown, and what a session
 * with the agent speaks with, which it loads when something needs the agent.
 */
const clientsApart = {
  name: 'clients-apart',
  setup(build) {
    build.onResolve({ filter: /\/(languageClient|sessionLibraries)\.ts$/ }, ({ kind, path: file }) =>
      kind === 'dynamic-import' ? { path: `./${path.basename(file, '.ts')}.cjs`, external: true } : undefined,
    );
  },
};

/** The extension: VS Code loads CommonJS. */
function extensionBundle() {
  return {
    ...common,
    plugins: [...common.plugins, clientsApart],
    entryPoints: {
      main: 'extension/main.ts',
      languageClient: 'extension/ui/language/languageClient.ts',
      sessionLibraries: 'rde-agent/client/sessionLibraries.ts',
    },
    // `import()` becomes `require`, which is how VS Code hands its API to an extension.
    supported: { 'dynamic-import': false },
    outdir: 'dist/extension',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    banner: { js: `const cairnModuleUrl = require('node:url').pathToFileURL(__filename).href;` },
    define: { 'import.meta.url': 'cairnModuleUrl', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    external: ['vscode', 'bufferutil', 'utf-8-validate'],
    // Half of the time of its start is reading it. Names are kept, for the stacks that people report.
    minifyWhitespace: true,
    minifySyntax: true,
  };
}

/** The language server: a process that the extension forks on its own Node. */
function languageServerBundle() {
  return {
    ...common,
    entryPoints: { main: 'language/server/main.ts' },
    ...nodeProgram,
    outdir: 'dist/languageServer',
    target: 'node22',
    minifyWhitespace: true,
    minifySyntax: true,
  };
}

/** One script and one style sheet per panel, self-contained for a page with a strict content policy. */
function webviewBundle() {
  const entries = panelEntries().filter(([, file]) => existsSync(path.join(root, file)));
  const options = { target: 'chrome134', minify: true };
  return {
    ...common,
    ...options,
    plugins: [...common.plugins, knowsFocusVisible, workerCode(options)],
    entryPoints: Object.fromEntries(entries),
    outdir: 'dist/webviews',
    platform: 'browser',
    format: 'iife',
    jsx: 'automatic',
    assetNames: '[name]',
    loader: { '.ttf': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
  };
}

/** Panels are written for a page of their own; in the portal the style of each stays inside of it. */
const panelStyles = {
  name: 'panel-styles',
  setup(build) {
    build.onLoad({ filter: /[/\\]webviews[/\\].*\.css$/ }, ({ path: file }) => {
      const [panel, ...rest] = path.relative(path.join(root, 'webviews'), file).split(path.sep);
      const isOfAll = panel === 'shared' && rest[0] === 'panel.css';
      if (!isOfAll && (panel === 'shared' || panel === 'graph')) return undefined;
      const frame = isOfAll ? 'panel-frame' : `panel-${panel}`;
      return { contents: `:where(.${frame}) {\n${readFileSync(file, 'utf8')}\n}`, loader: 'css', resolveDir: path.dirname(file) };
    });
  },
};

/** The portal: one script and one style sheet that the agent gives out to browsers. */
function portalBundle() {
  const panels = webviewBundle();
  return {
    ...panels,
    plugins: [...panels.plugins, panelStyles],
    entryPoints: { portal: 'rde-agent/portal/main.tsx' },
    outdir: 'dist/portal',
    target: ['chrome134', 'firefox128', 'safari18'],
  };
}

/** The bundles to make, by name; the agent's is two builds. */
export const bundleTable = {
  agent: () => [agentPrograms(), s3Client()],
  extension: extensionBundle,
  languageServer: languageServerBundle,
  webviews: webviewBundle,
  portal: portalBundle,
};

/** Files and folders that are shipped as they are, by the bundle that they belong to. */
export const copies = {
  agent: [
    { from: 'rde-agent/runner/python/cairn', to: 'dist/agent/runner/python/cairn' },
    { from: 'rde-agent/analysis/python', to: 'dist/agent/analysis/python' },
    { from: 'examples/flights', to: 'dist/agent/examples/flights' },
    { from: 'node_modules/esbuild-wasm/package.json', to: 'dist/agent/esbuild-wasm/package.json' },
    { from: 'node_modules/esbuild-wasm/lib/main.js', to: 'dist/agent/esbuild-wasm/lib/main.js', edit: withOwnNode },
    { from: 'node_modules/esbuild-wasm/bin/esbuild', to: 'dist/agent/esbuild-wasm/bin/esbuild' },
    { from: 'node_modules/esbuild-wasm/esbuild.wasm', to: 'dist/agent/esbuild-wasm/esbuild.wasm' },
    { from: 'node_modules/esbuild-wasm/wasm_exec.js', to: 'dist/agent/esbuild-wasm/wasm_exec.js' },
    { from: 'node_modules/esbuild-wasm/wasm_exec_node.js', to: 'dist/agent/esbuild-wasm/wasm_exec_node.js' },
    { from: 'node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter.wasm', to: 'dist/agent/wasm/tree-sitter.wasm' },
    { from: 'node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm', to: 'dist/agent/wasm/tree-sitter-python.wasm' },
  ],
};

/** It starts the program `node` of PATH, which a machine with VS Code alone does not have: the Node that runs us does it. */
function withOwnNode(text) {
  const edited = text.replace('return ["node", [', 'return [process.execPath, [');
  if (edited === text) throw new Error('esbuild-wasm starts its process in another way: look at withOwnNode');
  return edited;
}

/** Where the script of a panel is, or would be: one that appears makes a build due. */
export function panelEntries() {
  const folders = readdirSync(path.join(root, 'webviews'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => [name, `webviews/${name}/main.tsx`]);
}
