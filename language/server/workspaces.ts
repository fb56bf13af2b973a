import { MANIFEST_FILE } from '../model/workspace.ts';
import type { PythonReader } from '../python/pythonReader.ts';
import { findRoot, ServerWorkspace } from './serverWorkspace.ts';

/** A document of a workspace. */
export interface WorkspaceDocument {
  readonly workspace: ServerWorkspace;
  /** relative to the root, with `/` */
  readonly path: string;
}

/** The workspaces of the open documents: each is read when the first document of it is opened. */
export class Workspaces {
  readonly #python: PythonReader | undefined;
  readonly #byRoot = new Map<string, ServerWorkspace>();
  /** path on disk → text */
  readonly #open = new Map<string, string>();

  constructor(python: PythonReader | undefined) {
    this.#python = python;
  }

  get all(): readonly ServerWorkspace[] {
    return [...this.#byRoot.values()];
  }

  /** `undefined`: the file is in no workspace. */
  find(file: string): WorkspaceDocument | undefined {
    const root = findRoot(file);
    if (root === undefined) return undefined;
    const workspace = this.#byRoot.get(root) ?? this.#start(root);
    return { workspace, path: workspace.toPath(file) };
  }

  setDocument(file: string, text: string): WorkspaceDocument | undefined {
    this.#open.set(file, text);
    const found = this.find(file);
    found?.workspace.setDocument(found.path, text);
    return found;
  }

  closeDocument(file: string): WorkspaceDocument | undefined {
    this.#open.delete(file);
    const found = this.find(file);
    found?.workspace.closeDocument(found.path);
    return found;
  }

  /** Answers the roots that are gone. */
  filesChanged(files: readonly string[]): readonly string[] {
    const gone = files.some((file) => file.endsWith(MANIFEST_FILE)) ? this.#dropGone() : [];
    for (const workspace of this.#byRoot.values()) {
      const inside = files.map((file) => workspace.toPath(file)).filter((path) => path !== '' && !path.startsWith('../'));
      if (inside.length > 0) workspace.filesChanged(inside);
    }
    return gone;
  }

  #start(root: string): ServerWorkspace {
    const workspace = new ServerWorkspace(root, this.#python);
    this.#byRoot.set(root, workspace);
    for (const [file, text] of this.#open) if (findRoot(file) === root) workspace.setDocument(workspace.toPath(file), text);
    return workspace;
  }

  /** A `cairn.yaml` has come or gone: files may belong to another workspace now. */
  #dropGone(): readonly string[] {
    const gone = [...this.#byRoot.keys()].filter((root) => findRoot(this.#byRoot.get(root)?.toFile(MANIFEST_FILE) ?? root) !== root);
    for (const root of gone) this.#byRoot.delete(root);
    for (const file of this.#open.keys()) this.find(file);
    return gone;
  }
}
