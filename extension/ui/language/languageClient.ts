import { join } from 'node:path';
import { LanguageClient, TransportKind, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { UiContext } from '../context.ts';
import { SERVER_ARGUMENTS } from './serverArguments.ts';

const ModuleFactsParams = z.object({ root: z.string(), module: z.string() });

/** Starts the server that came with this extension, on the Node that runs this extension host. Rejects when it does not start. */
export async function startLanguageClient(context: UiContext): Promise<LanguageClient> {
  const module = join(context.extension.extensionPath, 'dist/languageServer/main.mjs');
  const serverOptions: ServerOptions = { module, transport: TransportKind.ipc, options: { execArgv: [...SERVER_ARGUMENTS] } };
  const clientOptions: LanguageClientOptions = {
    documentSelector: [
      { scheme: 'file', pattern: '**/*.{yaml,yml}' },
      { scheme: 'file', language: 'python' },
    ],
    initializationOptions: { moduleFacts: true, words: vscode.l10n.bundle },
    outputChannel: context.log,
    // The owner of what the problem matchers of tasks find, too: the same finding is listed once.
    diagnosticCollectionName: 'cairn',
  };
  const client = new LanguageClient('cairn', 'Cairn', serverOptions, clientOptions);
  client.onRequest('cairn/moduleFacts', (params: unknown) => toModuleFacts(context, params));
  await client.start();
  return client;
}

/** From what the link holds already: a mouse over a name starts no agent and waits for none. */
function toModuleFacts({ link }: UiContext, params: unknown) {
  const { data } = ModuleFactsParams.safeParse(params);
  const found = data === undefined ? undefined : link.workspace(data.root)?.modules.find(({ name }) => name === data.module);
  return found === undefined ? null : { built: found.artifact, tags: found.tags };
}
