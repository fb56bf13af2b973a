import type { Digest } from '../../language/model/names.ts';
import type { ReadWorkflowSource, WorkflowSource } from '../../language/model/workflowSource.ts';
import { FOLDER_MODE, type TreeEntry } from '../protocol/tree.ts';
import { parseFolder } from './pushedFolder.ts';

/** Where a workflow is written. */
export interface WrittenWorkflow extends WorkflowSource {
  /** relative to the workspace */
  readonly file: string;
}

/** Files of a pushed tree. */
export interface PushedSources {
  readonly paths: ReadonlySet<string>;
  /** Of several files that define the name, the first that has all of these steps. */
  find(workflow: string, steps: readonly { readonly id: string }[]): WrittenWorkflow | undefined;
}

type ReadBlob = (digest: Digest) => Promise<Uint8Array | undefined>;

const WORKFLOW_FILE = '.workflow.yaml';

/** What cannot be read is left out: the picture of a workflow does not need it. */
export async function readPushedSources(tree: Digest, read: ReadBlob, readWorkflow: ReadWorkflowSource): Promise<PushedSources> {
  const files = await listFiles(tree, '', read);
  const texts = files.filter(({ path }) => path.endsWith(WORKFLOW_FILE));
  const written = await Promise.all(texts.map(({ path, digest }) => readWritten(path, digest, read, readWorkflow)));
  const byName = Map.groupBy(written.flat(), ({ workflow }) => workflow);
  return {
    paths: new Set(files.map(({ path }) => path)),
    find: (workflow, steps) => byName.get(workflow)?.find(({ lines }) => steps.every(({ id }) => Object.hasOwn(lines, id))),
  };
}

async function readWritten(
  file: string,
  digest: Digest,
  read: ReadBlob,
  readWorkflow: ReadWorkflowSource,
): Promise<readonly WrittenWorkflow[]> {
  const bytes = await read(digest);
  const source = bytes && readWorkflow(new TextDecoder().decode(bytes));
  return source === undefined ? [] : [{ file, ...source }];
}

async function listFiles(
  folder: Digest,
  path: string,
  read: ReadBlob,
): Promise<readonly { readonly path: string; readonly digest: Digest }[]> {
  const bytes = await read(folder);
  const entries: readonly TreeEntry[] = bytes === undefined ? [] : (parseFolder(bytes) ?? []);
  const listed = await Promise.all(
    entries.map(async ({ name, mode, digest }) =>
      mode === FOLDER_MODE ? listFiles(digest, `${path}${name}/`, read) : [{ path: `${path}${name}`, digest }],
    ),
  );
  return listed.flat();
}
