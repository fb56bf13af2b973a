import { z } from 'zod';
import { ErrorDocument } from '../protocol/documents.ts';
import { isOperationName, OPERATIONS, type OperationName } from '../protocol/operations.ts';
import { ROUTES, toPathParams } from '../protocol/routes.ts';

type JsonObject = { readonly [name: string]: unknown };
type Schemas = Map<string, JsonObject>;

/** The OpenAPI 3.1 document of every operation on its route, made from the registry. */
export function toOpenApi(version: string): JsonObject {
  const schemas: Schemas = new Map();
  const problem = addSchema(schemas, 'Problem', ErrorDocument, 'output');
  const paths: { [path: string]: { [method: string]: JsonObject } } = {};
  for (const name of Object.keys(ROUTES).filter(isOperationName)) {
    const { path, method } = ROUTES[name];
    paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(name, schemas, problem) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Cairn agent', version, description: 'The operations of the agent. They are those of its socket and answer the same.' },
    servers: [{ url: 'http://127.0.0.1:{port}', variables: { port: { default: '0', description: 'see agent.json in the state folder' } } }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Made by `cairn agent token`.' } },
      schemas: Object.fromEntries(schemas),
    },
  };
}

function toOperation(name: OperationName, schemas: Schemas, problem: JsonObject): JsonObject {
  const { summary, mutates, action, result } = OPERATIONS[name];
  const route = ROUTES[name];
  const base = toBaseName(name);
  const inPath = toPathParams(route);
  const { properties, required } = toInput(name, schemas);
  const others = Object.keys(properties).filter((key) => !inPath.includes(key) && !(mutates && key === 'key'));
  const toParameter = (key: string, place: 'path' | 'query'): JsonObject => ({
    name: key,
    in: place,
    required: place === 'path' || required.includes(key),
    schema: properties[key],
  });
  const keyHeader = {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    schema: properties['key'],
    description: 'a repeat with the same key is done once',
  };
  const query = route.method === 'GET' ? others.map((key) => toParameter(key, 'query')) : [];
  const parameters = [...inPath.map((key) => toParameter(key, 'path')), ...query, ...(mutates ? [keyHeader] : [])];
  const body = route.method === 'POST' ? { requestBody: toBody(others, properties, required) } : {};
  return {
    operationId: name,
    summary,
    tags: [name.split('.', 1)[0]],
    'x-action': action,
    parameters,
    ...body,
    responses: {
      200: toResponse('Done', addSchema(schemas, `${base}Result`, result, 'output')),
      default: toResponse('Refused or failed: the code, what it means, what to do next', problem),
    },
  };
}

function toBody(keys: readonly string[], properties: JsonObject, required: readonly string[]): JsonObject {
  const needed = keys.filter((key) => required.includes(key));
  const schema = {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key, properties[key]])),
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: false,
  };
  return { required: needed.length > 0, content: { 'application/json': { schema } } };
}

function toResponse(description: string, schema: JsonObject): JsonObject {
  return { description, content: { 'application/json': { schema } } };
}

function toInput(name: OperationName, schemas: Schemas): { readonly properties: JsonObject; readonly required: readonly string[] } {
  addSchema(schemas, `${toBaseName(name)}Params`, OPERATIONS[name].params, 'input');
  const schema = schemas.get(`${toBaseName(name)}Params`);
  schemas.delete(`${toBaseName(name)}Params`);
  const { properties, required } = z
    .looseObject({ properties: z.record(z.string(), z.unknown()).default({}), required: z.array(z.string()).default([]) })
    .parse(schema);
  return { properties, required };
}

/** Puts a schema, and those that it is made of, among the components; answers how to refer to it. */
function addSchema(schemas: Schemas, name: string, schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, $defs = {}, ...root } = z.toJSONSchema(schema, { io });
  for (const [inner, definition] of Object.entries($defs)) schemas.set(`${name}_${inner}`, toObject(relink(definition, name)));
  schemas.set(name, toObject(relink(root, name)));
  return { $ref: `#/components/schemas/${name}` };
}

/** References inside of a schema, as they are inside of the document. */
function relink(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => relink(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]: [string, unknown]) => [
      key,
      key === '$ref' && typeof member === 'string'
        ? member.replace(
            /^#(?:\/\$defs\/(.*))?$/,
            (_, inner?: string) => `#/components/schemas/${name}${inner === undefined ? '' : `_${inner}`}`,
          )
        : relink(member, name),
    ]),
  );
}

function toObject(value: unknown): JsonObject {
  return z.record(z.string(), z.unknown()).parse(value);
}

/** `run.show` → `RunShow` */
function toBaseName(name: OperationName): string {
  return name.replace(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
