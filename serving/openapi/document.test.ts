import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { PROBLEMS } from '../common/problems.ts';
import { PATHS } from '../contract/http.ts';
import { createRecommendationIds } from '../feedback/recommendation-id.ts';
import { type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { openApiDocument } from './document.ts';

const OPEN = { model: 'tiny', version: '1.0.0', auth: { apiKeysDir: undefined, jwt: undefined }, rateLimit: undefined };
const JWT = { issuer: 'https://issuer.example.org', audience: 'shop', jwksUri: 'https://issuer.example.org/keys' };
const GUARDED = { ...OPEN, auth: { apiKeysDir: '/api-keys', jwt: JWT }, rateLimit: { requestsPerSecond: 10, burst: 5 } };

interface Response {
  content?: Record<string, { schema?: object }>;
}
interface Operation {
  operationId: string;
  security?: object[];
  requestBody?: { content: Record<string, { schema: object; example?: object }> };
  responses: Record<string, Response>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes?: Record<string, object>; schemas: Record<string, object> };
  'x-limits': Record<string, number>;
}

const documentOf = (settings: Parameters<typeof openApiDocument>[0]) => openApiDocument(settings) as unknown as Document;
const operationsOf = ({ paths }: Document) => Object.values(paths).flatMap((methods) => Object.values(methods));

describe('the OpenAPI document', () => {
  it.each([['anyone may call', OPEN], ['callers prove who they are', GUARDED]])('is valid OpenAPI 3.1 where %s', async (_what, settings) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...openApiDocument(settings) });
    expect([valid, errors]).toEqual([true, undefined]);
    expect(validator.version).toBe('3.1');
  });

  it('speaks of credentials and limits only where they are in force', () => {
    expect(documentOf(OPEN).components.securitySchemes).toBeUndefined();
    expect(operationsOf(documentOf(OPEN)).every((operation) => operation.security === undefined && !('401' in operation.responses))).toBe(true);
    const guarded = documentOf(GUARDED);
    expect(Object.keys(guarded.components.securitySchemes ?? {})).toEqual(['apiKey', 'token']);
    expect(guarded.paths['/recommend']?.['post']).toMatchObject({ security: [{ apiKey: [] }, { token: [] }], responses: { 401: {}, 429: {}, 503: {} } });
    expect(guarded.paths['/health']?.['get']?.security).toBeUndefined();
    expect(guarded['x-limits']).toMatchObject({ requestsPerSecondOfOneCaller: 10, burstOfOneCaller: 5, headerBytes: 16_384 });
  });

  it('knows every path and every problem', () => {
    const document = documentOf(GUARDED);
    for (const path of Object.values(PATHS)) expect(Object.keys(document.paths)).toContain(path);
    const told = new Set(operationsOf(document).flatMap(({ responses }) => Object.keys(responses)));
    for (const { status } of Object.values(PROBLEMS)) if (status !== 405) expect(told).toContain(String(status));
  });

  it('holds the limits of requests', () => {
    const { k, exclude } = (documentOf(OPEN).components.schemas['RecommendRequest'] as { properties: Record<string, object> }).properties;
    expect([k, exclude]).toMatchObject([{ anyOf: [{ minimum: 1, maximum: 100 }, {}] }, { anyOf: [{ maxItems: 1000 }, {}] }]);
    expect(documentOf(OPEN).paths['/recommend']?.['post']?.requestBody).toMatchObject({ 'x-max-bytes': 131_072 });
  });
});

describe('what a server really answers', () => {
  let serving: ServingProcess;
  let document: Document;
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));

  beforeAll(async () => {
    serving = await startServing(await tinyBundle());
    await serving.ready();
    document = (await (await fetch(`${serving.origin}/openapi.json`)).json()) as Document;
    ajv.addSchema(document, 'document');
  });
  afterAll(async () => {
    await serving.kill();
    await removeTinyBundles();
  });

  /** What is wrong with a value by the schema of the document. */
  function faults(schema: object | undefined, value: unknown): unknown {
    if (schema === undefined) return 'there is no schema';
    const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object;
    const validate = ajv.compile(local);
    return validate(value) ? undefined : validate.errors;
  }

  const ids = createRecommendationIds('shop/tiny');
  const infer = { inputs: [{ name: 'user', datatype: 'INT64', shape: [1], data: [1] }] };
  const model = '/v2/models/tiny';
  const named = '/v2/models/{model}';

  it.each<[string, string, string, number, unknown]>([
    ['post', '/recommend', '/recommend', 200, { user_id: 'u1', k: 2, exclude: ['i0'] }],
    ['post', '/recommend', '/recommend', 200, { user_id: 'nobody' }],
    ['post', '/recommend', '/recommend', 400, { k: 0, exclude: [1] }],
    ['post', '/recommend', '/recommend', 400, '{'],
    ['post', '/recommend', '/recommend', 413, { text: 'x'.repeat(200_000) }],
    ['post', '/feedback', '/feedback', 202, { recommendation_id: ids.create('1.0.0'), item_id: 'i1', event: 'click' }],
    ['post', '/feedback', '/feedback', 400, { recommendation_id: 'made up', item_id: 'i1', event: 'click' }],
    ['get', '/health', '/health', 200, undefined],
    ['get', '/ready', '/ready', 200, undefined],
    ['get', '/v2', '/v2', 200, undefined],
    ['get', '/v2/health/live', '/v2/health/live', 200, undefined],
    ['get', '/v2/health/ready', '/v2/health/ready', 200, undefined],
    ['get', named, model, 200, undefined],
    ['get', named, '/v2/models/other', 404, undefined],
    ['get', `${named}/versions/{version}`, `${model}/versions/1.0.0`, 200, undefined],
    ['get', `${named}/ready`, `${model}/ready`, 200, undefined],
    ['post', `${named}/infer`, `${model}/infer`, 200, infer],
    ['post', `${named}/infer`, `${model}/infer`, 400, { inputs: [{ ...infer.inputs[0], datatype: 'FP32' }] }],
    ['post', `${named}/infer`, `${model}/infer`, 422, { inputs: [{ ...infer.inputs[0], data: [1000] }] }],
    ['post', `${named}/versions/{version}/infer`, `${model}/versions/1.0.0/infer`, 200, infer],
  ])('%s %s (%s): %d', async (method, path, url, status, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${serving.origin}${url}`, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: text }) });
    expect(response.status).toBe(status);
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const told = document.paths[path]?.[method]?.responses[String(status)]?.content?.[type];
    expect(faults(told?.schema, await response.json())).toBeUndefined();
  });

  it('serves the very document that is made here', () => {
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument(OPEN))));
  });

  it('would answer its own examples', async () => {
    const examples = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map(({ requestBody }) => [path, requestBody?.content['application/json']] as const));
    for (const [path, content] of examples) {
      if (content?.example === undefined) continue;
      expect(faults(content.schema, content.example)).toBeUndefined();
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${serving.origin}${path}`, { method: 'POST', headers, body: JSON.stringify(content.example) })).status).toBe(200);
    }
  });
});
