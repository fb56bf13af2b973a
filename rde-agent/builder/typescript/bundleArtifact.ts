import path from 'node:path';
import type { OutputFile } from 'esbuild';
import { toCanonicalJson } from '../../../language/model/json.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { ArtifactManifest, TreeFile } from '../../protocol/pinned.ts';
import { toDigest } from '../digest.ts';
import type { Artifact, BuildTarget } from '../pythonArtifact.ts';
import { BUNDLE_FILE } from './bundleOptions.ts';

/** bytes of one bundle with its positions */
const MAX_BYTES = 67_108_864;

/**
 * The bundle and its positions as an artifact. What decides the results is the bundle alone: `code` names it, so that an edit which only
 * moves code keeps what is cached. Throws CairnError `build-failed` when it is too large.
 */
export function toBundleArtifact(target: BuildTarget, outputs: readonly OutputFile[]): Artifact {
  const contents = new Map(outputs.map((output) => [toDigest(output.contents), output.contents]));
  const files = outputs.map((output): TreeFile => {
    const name = path.basename(output.path);
    return { path: name, mode: 0o644, digest: toDigest(output.contents), size: output.contents.length };
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > MAX_BYTES) throw new CairnError('build-failed', `${target.name}: its bundle has ${size} bytes; the limit is ${MAX_BYTES}`);
  const whole = toManifest(target, files);
  const code = toManifest(
    target,
    files.filter((file) => file.path === BUNDLE_FILE),
  );
  return { ...whole, size, contents, code: { digest: code.digest, bytes: code.bytes } };
}

function toManifest(target: BuildTarget, files: readonly TreeFile[]): Pick<Artifact, 'digest' | 'manifest' | 'bytes'> {
  const entry = { file: BUNDLE_FILE, function: target.entry?.function ?? '' };
  const manifest: ArtifactManifest = { v: 1, kind: target.kind, name: target.name, language: 'typescript', entry, files };
  const text = toCanonicalJson(manifest);
  return { digest: toDigest(text), manifest, bytes: new TextEncoder().encode(text) };
}
