import { RequestType } from 'vscode-languageserver';
import { t } from '../model/words.ts';
import type { ServerContext } from './serverContext.ts';

/** What only an agent knows about a module; the client answers from what it has, and starts nothing for it. */
export interface ModuleFacts {
  /** tag → artifact; the newest artifact of the working tree is `built` */
  readonly built: string | null;
  readonly tags: { readonly [tag: string]: string };
}

export interface ModuleFactsParams {
  readonly root: string;
  readonly module: string;
}

const ModuleFactsRequest = new RequestType<ModuleFactsParams, ModuleFacts | null, void>('cairn/moduleFacts');
const MOST_TAGS = 5;

/** Markdown with the latest versions of a module; `''` where no agent is connected. */
export async function askModuleFacts({ connection, asks }: ServerContext, root: string, module: string): Promise<string> {
  if (!asks.moduleFacts) return '';
  const facts = await connection.sendRequest(ModuleFactsRequest, { root, module });
  if (facts === null) return '';
  const tags = Object.entries(facts.tags).slice(0, MOST_TAGS);
  const lines = tags.map(([tag, artifact]) => `\`${tag}\` ${toShort(artifact)}`);
  if (facts.built !== null) lines.push(t`working tree ${toShort(facts.built)}`);
  return lines.length === 0 ? '' : t`Versions: ${lines.join(' · ')}`;
}

/** Digests are told apart by their first digits. */
function toShort(artifact: string): string {
  return `\`${artifact.replace(/^sha256:/, '').slice(0, 12)}\``;
}
