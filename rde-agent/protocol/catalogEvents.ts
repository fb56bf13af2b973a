import type { Digest } from '../../language/model/names.ts';

/** Events of streams other than runs. Streams: `module:/<ns/name>`, `tag:/<ns/name>`, `workspace:/<name>`. */
export type CatalogEvent =
  | {
      readonly type: 'artifact.published';
      readonly module: string;
      readonly artifact: Digest;
      readonly tree: Digest;
      readonly dirty: boolean;
      readonly commit: string | null;
    }
  /** `from: null` = the tag is new. The stream's sequence is the generation that compare-and-set stands on. */
  | { readonly type: 'tag.moved'; readonly module: string; readonly tag: string; readonly from: Digest | null; readonly to: Digest }
  | {
      readonly type: 'workspace.pushed';
      readonly workspace: string;
      readonly tree: Digest;
      readonly changed: number;
      readonly bytes: number;
    };

export function toModuleStream(module: string): string {
  return `module:/${module}`;
}
export function toTagStream(module: string): string {
  return `tag:/${module}`;
}
export function toWorkspaceStream(workspace: string): string {
  return `workspace:/${workspace}`;
}
