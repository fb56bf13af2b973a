import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  DidChangeWatchedFilesNotification,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { setWords, type Words } from '../model/words.ts';
import type { PythonReader } from '../python/pythonReader.ts';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from '../service/semanticTokens.ts';
import { DiagnosticsPublisher } from './diagnosticsPublisher.ts';
import { registerEditing } from './editingHandlers.ts';
import { registerReading } from './readingHandlers.ts';
import type { ServerContext } from './serverContext.ts';
import type { ServerWorkspace } from './serverWorkspace.ts';
import { Workspaces } from './workspaces.ts';

/** Wires a connection to the language service: documents and file events in, findings and answers out. */
export function startServer(connection: Connection, python: PythonReader | undefined): void {
  const documents = new TextDocuments(TextDocument);
  const workspaces = new Workspaces(python);
  let canWatch = false;
  const context: ServerContext = { connection, documents, workspaces, asks: { moduleFacts: false }, now: () => new Date().toISOString() };
  const publishing = new Publishing(context);
  connection.onInitialize((params) => {
    canWatch = params.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    context.asks.moduleFacts = readOption(params, 'moduleFacts') === true;
    setWords(toWords(readOption(params, 'words')));
    return capabilities;
  });
  connection.onInitialized(() => {
    if (canWatch) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*' }] });
  });
  documents.onDidChangeContent(({ document }) => publishing.changed(workspaces.setDocument(toFile(document.uri), document.getText())));
  documents.onDidClose(({ document }) => publishing.changed(workspaces.closeDocument(toFile(document.uri))));
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const gone = workspaces.filesChanged(changes.filter(({ uri }) => uri.startsWith('file:')).map(({ uri }) => toFile(uri)));
    for (const root of gone) publishing.clear(root);
    for (const workspace of workspaces.all) publishing.due(workspace);
  });
  registerReading(context);
  registerEditing(context);
  documents.listen(connection);
  connection.listen();
}

function readOption({ initializationOptions: options }: InitializeParams, name: string): unknown {
  const given: unknown = options;
  return typeof given === 'object' && given !== null ? Reflect.get(given, name) : undefined;
}

/** What people are told is in the client's language where it hands its texts over, else in English. */
function toWords(given: unknown): Words | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const capabilities: InitializeResult = {
  serverInfo: { name: 'cairn-language-server' },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    completionProvider: { triggerCharacters: ['.', '@', '{', '[', '/', '"', "'", ' '] },
    hoverProvider: true,
    definitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: { prepareProvider: true },
    codeActionProvider: { codeActionKinds: ['quickfix'] },
    codeLensProvider: { resolveProvider: false },
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    semanticTokensProvider: { legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] }, full: true },
  },
};

/** Checks after each change and tells what was found. There is no delay: changes that arrive together are checked once. */
class Publishing {
  readonly #context: ServerContext;
  readonly #publishers = new Map<string, DiagnosticsPublisher>();
  readonly #typed = new Map<ServerWorkspace, Set<string>>();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  changed(found: { readonly workspace: ServerWorkspace; readonly path: string } | undefined): void {
    if (found === undefined) return;
    this.due(found.workspace);
    this.#typed.get(found.workspace)?.add(found.path);
  }

  due(workspace: ServerWorkspace): void {
    if (this.#typed.has(workspace)) return;
    this.#typed.set(workspace, new Set());
    setImmediate(() => this.#publish(workspace));
  }

  clear(root: string): void {
    this.#publishers.get(root)?.clear();
    this.#publishers.delete(root);
  }

  #publish(workspace: ServerWorkspace): void {
    const typed = this.#typed.get(workspace) ?? new Set();
    this.#typed.delete(workspace);
    const { diagnostics } = workspace.check();
    const open = new Set([...typed].filter((path) => this.#versionOf(workspace, path) !== undefined));
    this.#publisher(workspace).publish(diagnostics, open);
  }

  #publisher(workspace: ServerWorkspace): DiagnosticsPublisher {
    const known = this.#publishers.get(workspace.root);
    if (known !== undefined) return known;
    const publisher = new DiagnosticsPublisher({
      send: (params) => void this.#context.connection.sendDiagnostics(params),
      toUri: (path) => pathToFileURL(workspace.toFile(path)).href,
      versionOf: (path) => this.#versionOf(workspace, path),
    });
    this.#publishers.set(workspace.root, publisher);
    return publisher;
  }

  #versionOf(workspace: ServerWorkspace, path: string): number | undefined {
    return this.#context.documents.get(pathToFileURL(workspace.toFile(path)).href)?.version;
  }
}

function toFile(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : '';
}
