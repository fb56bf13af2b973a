import { GetObjectCommand, HeadObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';

/**
 * What is used of the client of S3, in a module of its own so that it is loaded with the first dataset of such a store: it is a quarter of the agent's
 * code. In the shipped agent it is a file beside the others (`tools/build/bundles.mjs`).
 */
export const s3 = { GetObjectCommand, HeadObjectCommand, S3Client, S3ServiceException };
