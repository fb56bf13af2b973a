import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { freePort } from '../freePort.ts';
import { waitFor } from '../waitFor.ts';

/** An S3 server with one bucket. */
export interface ObjectStore {
  readonly endpoint: string;
  put(key: string, bytes: Buffer): Promise<void>;
  dispose(): Promise<void>;
}

/** The Python that has the server; set by `npm test`, `undefined` where its packages could not be installed. */
export function findObjectStore(): string | undefined {
  return process.env['CAIRN_DEV_S3'] || undefined;
}

export async function startObjectStore(
  python: string,
  bucket: string,
  { versioned, ...credentials }: { readonly versioned: boolean; readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<ObjectStore> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const gone = new Promise((resolve) => server.once('exit', resolve));
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await waitFor('the object store answers', () =>
    fetch(endpoint).then(
      () => true,
      () => false,
    ),
  );
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  if (versioned) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  }
  return {
    endpoint,
    put: async (key, bytes) => {
      const input: PutObjectCommandInput = { Bucket: bucket, Key: key, Body: bytes, ChecksumAlgorithm: 'CRC32' };
      await client.send(new PutObjectCommand(input));
    },
    dispose: async () => {
      client.destroy();
      server.kill('SIGKILL');
      await gone;
    },
  };
}
