/**
 * The structure of OpenLineage 2-0-2 run events and of the facets that we write, as its published JSON schemas state it: required members, formats and
 * enumerations; written by hand, since no test reaches a network.
 */

const uri = { type: 'string', format: 'uri' };
const facet = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  required: ['_producer', '_schemaURL', ...required],
  properties: { _producer: uri, _schemaURL: uri, ...properties },
});
const facets = (known: object): object => ({ type: 'object', properties: known, additionalProperties: facet({}) });
const text = { type: 'string' };
const integer = { type: 'integer' };
const job = { type: 'object', required: ['namespace', 'name'], properties: { namespace: text, name: text } };
const run = { type: 'object', required: ['runId'], properties: { runId: { type: 'string', format: 'uuid' } } };

const transformation = {
  type: 'object',
  required: ['type'],
  properties: { type: { enum: ['DIRECT', 'INDIRECT'] }, subtype: text, description: text, masking: { type: 'boolean' } },
};
const inputField = {
  type: 'object',
  required: ['namespace', 'name', 'field'],
  properties: { namespace: text, name: text, field: text, transformations: { type: 'array', items: transformation } },
};

const datasetFacets = facets({
  schema: facet({ fields: { type: 'array', items: { type: 'object', required: ['name'], properties: { name: text, type: text } } } }),
  version: facet({ datasetVersion: text }, ['datasetVersion']),
  columnLineage: facet(
    {
      fields: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          required: ['inputFields'],
          properties: { inputFields: { type: 'array', items: inputField } },
        },
      },
      dataset: { type: 'array', items: inputField },
    },
    ['fields'],
  ),
});
const dataset = { type: 'object', required: ['namespace', 'name'], properties: { namespace: text, name: text, facets: datasetFacets } };

export const OPEN_LINEAGE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['eventTime', 'producer', 'schemaURL', 'run', 'job'],
  properties: {
    eventTime: { type: 'string', format: 'date-time' },
    producer: uri,
    schemaURL: { const: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent' },
    eventType: { enum: ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'] },
    run: {
      ...run,
      properties: {
        ...run.properties,
        facets: facets({
          parent: facet({ run, job }, ['run', 'job']),
          nominalTime: facet({ nominalStartTime: { type: 'string', format: 'date-time' } }, ['nominalStartTime']),
          errorMessage: facet({ message: text, programmingLanguage: text, stackTrace: text }, ['message', 'programmingLanguage']),
        }),
      },
    },
    job: {
      ...job,
      properties: {
        ...job.properties,
        facets: facets({
          jobType: facet({ processingType: { enum: ['BATCH', 'STREAMING'] }, integration: text, jobType: text }, [
            'processingType',
            'integration',
          ]),
        }),
      },
    },
    inputs: {
      type: 'array',
      items: {
        ...dataset,
        properties: {
          ...dataset.properties,
          inputFacets: facets({
            dataQualityMetrics: facet(
              {
                rowCount: integer,
                bytes: integer,
                columnMetrics: {
                  type: 'object',
                  additionalProperties: {
                    type: 'object',
                    properties: { nullCount: integer, distinctCount: integer, min: { type: 'number' }, max: { type: 'number' } },
                    additionalProperties: false,
                  },
                },
              },
              ['columnMetrics'],
            ),
          }),
        },
      },
    },
    outputs: {
      type: 'array',
      items: {
        ...dataset,
        properties: { ...dataset.properties, outputFacets: facets({ outputStatistics: facet({ rowCount: integer, size: integer }) }) },
      },
    },
  },
  additionalProperties: false,
};
