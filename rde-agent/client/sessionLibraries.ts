import { CancellationTokenSource, createMessageConnection, ErrorCodes, ParameterStructures, ResponseError } from 'vscode-jsonrpc/node';
import { WebSocket } from 'ws';
import { SocketReader, SocketWriter } from './socketMessages.ts';

/**
 * What a session speaks with, loaded by the first one: an editor starts without it. The extension ships it as a file of its own, so nothing here
 * may bring an error of ours: it would be of another class than the same one outside.
 */
export const libraries = {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  ParameterStructures,
  ResponseError,
  SocketReader,
  SocketWriter,
  WebSocket,
};

export type SessionLibraries = typeof libraries;
