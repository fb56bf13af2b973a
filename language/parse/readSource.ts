import type { DatasetSource, HttpSource, PostgresSource, S3Source } from '../model/dataset.ts';
import type { DatasetForm } from '../model/datasetForm.ts';
import { t } from '../model/words.ts';
import type { FormReading } from './formReading.ts';
import { readEntryText } from './grammarReading.ts';
import type { ValuePath } from './sourceMap.ts';

type SourceForm<Kind extends DatasetSource['kind']> = Extract<DatasetForm['source'], { kind: Kind }>;

/** `undefined` where something is wrong that nothing can stand for. */
export function readSource(reading: FormReading, form: DatasetForm['source']): DatasetSource | undefined {
  switch (form.kind) {
    case 'python': {
      const entry = readEntryText(reading, ['source', 'entry'], form.entry, 'dataset');
      return entry === undefined ? undefined : { kind: 'python', entry, environment: form.environment };
    }
    case 'file':
      return { kind: 'file', path: form.path, environment: form.environment };
    case 'http':
      return readHttp(reading, form);
    case 's3':
      return readS3(reading, form);
    case 'postgres':
      return readPostgres(reading, form);
  }
}

function readHttp(reading: FormReading, form: SourceForm<'http'>): HttpSource | undefined {
  const headers = Object.entries(form.headers ?? {});
  const isSound = headers.map(([name, secret]) => isSecretName(reading, ['source', 'headers', name], secret));
  if (/^https?:\/\/[^/?]*@/.test(form.url)) {
    const message = t(
      'A user name or password in the URL would be read by everybody who sees this file. Give it as a secret under `headers`.',
    );
    reading.yaml.findings.add('plain-secret', reading.yaml.source.valueRange(['source', 'url']), message);
    return undefined;
  }
  if (isSound.includes(false)) return undefined;
  return { kind: 'http', url: form.url, headers: Object.fromEntries(headers), environment: form.environment };
}

function readS3(reading: FormReading, form: SourceForm<'s3'>): S3Source | undefined {
  const { credentials, bucket, key, region, endpoint, environment } = form;
  const at = ['source', 'credentials'];
  const isId = credentials === undefined || isSecretName(reading, [...at, 'accessKeyId'], credentials.accessKeyId);
  const isKey = credentials === undefined || isSecretName(reading, [...at, 'secretAccessKey'], credentials.secretAccessKey);
  return isId && isKey ? { kind: 's3', bucket, key, region, endpoint, credentials, environment } : undefined;
}

function readPostgres(reading: FormReading, form: SourceForm<'postgres'>): PostgresSource | undefined {
  const { connection, table, query, version, environment } = form;
  const { findings, source } = reading.yaml;
  const isSound = isSecretName(reading, ['source', 'connection'], connection);
  if ((table === undefined) === (query === undefined)) {
    findings.add('invalid-value', source.keyRange(['source']), t('`source` needs exactly one of `table` and `query`.'));
    return undefined;
  }
  return isSound ? { kind: 'postgres', connection, table, query, version, environment } : undefined;
}

/** What is no name is likely to be the secret itself: it is never repeated in a message. */
function isSecretName(reading: FormReading, path: ValuePath, text: string): boolean {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text)) return true;
  const message = t`\`${String(path.at(-1))}\` is the name of a secret (letters, digits and \`_\`), never the secret itself: its value comes from the agent’s provider of secrets.`;
  reading.yaml.findings.add('plain-secret', reading.yaml.source.valueRange(path), message);
  return false;
}
