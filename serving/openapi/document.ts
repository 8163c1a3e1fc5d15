import { z } from 'zod';
import { type ProblemCode, PROBLEMS } from '../common/problems.ts';
import type { ServeConfig } from '../config/serve.ts';
import { HEADERS } from '../contract/http.ts';
import { ACCEPTED_CODINGS } from '../http/content-encoding.ts';
import { MAX_HEADERS } from '../http/pre-handler.ts';
import { HTTP_LIMITS } from '../http/server-limits.ts';
import { type Operation, OPERATIONS, type SchemaName, SCHEMAS, WITH_TENSORS } from './operations.ts';

type Settings = Pick<ServeConfig, 'model' | 'version' | 'auth' | 'rateLimit'>;

/** What any request may be answered with. */
const ALWAYS = ['InvalidHttp', 'HeadersTooLarge', 'Internal'] as const satisfies ProblemCode[];
const HEADER_LENGTH = 'inference-header-content-length';
const PARAMETERS = { model: 'Name of the RecommenderModel.', version: 'Version that this pod serves.' };

const schemaOf = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

/** The OpenAPI 3.1 document of one served model, from the schemas and limits that are in force. */
export function openApiDocument(settings: Settings): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = operationObject(operation, settings);
  return {
    openapi: '3.1.1',
    info: {
      title: settings.model,
      version: settings.version,
      description:
        'Recommendations of one model, whichever version answers. ' +
        'Errors are problem documents (RFC 9457) with a machine-readable code and a sentence in detail.',
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'recommend', description: 'Called by applications.' },
      { name: 'inference', description: 'Open Inference Protocol v2, https://github.com/kserve/open-inference-protocol.' },
      { name: 'operations', description: 'Probes, metrics and this document.' },
    ],
    paths,
    components: { schemas: schemas(), ...securitySchemes(settings) },
    'x-limits': {
      headerBytes: HTTP_LIMITS.maxHeaderSize,
      headers: MAX_HEADERS,
      headersWithinMilliseconds: HTTP_LIMITS.headersTimeout,
      requestWithinMilliseconds: HTTP_LIMITS.requestTimeout,
      ...(settings.rateLimit && {
        requestsPerSecondOfOneCaller: settings.rateLimit.requestsPerSecond,
        burstOfOneCaller: settings.rateLimit.burst,
      }),
    },
  };
}

function schemas(): Record<string, object> {
  return Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => {
    const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
    return [name, rest];
  }));
}

function operationObject(operation: Operation, settings: Settings): object {
  const { id, tag, summary, description, request, path } = operation;
  const security = operation.guarded ? requirementsOf(settings) : [];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: [...parametersOf(path), ...(request?.binary === true ? [lengthParameter] : [])],
    ...(request === undefined ? {} : { requestBody: requestBody(request) }),
    responses: { ...answerOf(operation), ...problemsOf(operation, settings) },
    ...(security.length === 0 ? {} : { security }),
  };
}

function parametersOf(path: string): object[] {
  return Object.entries(PARAMETERS)
    .filter(([name]) => path.includes(`{${name}}`))
    .map(([name, description]) => ({ name, in: 'path', required: true, description, schema: { type: 'string' } }));
}

const lengthParameter = {
  name: HEADER_LENGTH,
  in: 'header',
  required: false,
  description: 'Length of the JSON part in bytes, if binary tensors follow it.',
  schema: { type: 'integer', minimum: 0 },
};

function requestBody({ schema, maxBytes, binary, example }: NonNullable<Operation['request']>): object {
  const json = { schema: schemaOf(schema), ...(example === undefined ? {} : { example }) };
  return {
    required: true,
    description: `At most ${maxBytes} bytes when expanded; content-encoding may be ${ACCEPTED_CODINGS.replace(', ', ' or ')}.`,
    content: { 'application/json': json, ...(binary === true ? { [WITH_TENSORS]: {} } : {}) },
    'x-max-bytes': maxBytes,
  };
}

const text = (description: string) => ({ description, schema: { type: 'string' } });
const ANSWER_HEADERS = {
  [HEADERS.requestId]: text('Request id; the one sent by the caller, if any.'),
  [HEADERS.version]: text('The version that answered.'),
  [HEADERS.digest]: text('Digest of the version that answered.'),
};

function answerOf({ answer }: Operation): object {
  const { status, description, schema, type = 'application/json', binary } = answer;
  const json = { schema: schema === undefined ? { type: type === 'text/plain' ? 'string' : 'object' } : schemaOf(schema) };
  return {
    [status]: { description, headers: ANSWER_HEADERS, content: { [type]: json, ...(binary === true ? { [WITH_TENSORS]: {} } : {}) } },
  };
}

/** One response a status, which names the codes that come with it. */
function problemsOf({ problems, guarded, request }: Operation, settings: Settings): object {
  const ofGuard: ProblemCode[] = [
    ...(requirementsOf(settings).length > 0 ? ['Unauthenticated' as const] : []),
    ...(settings.auth.jwt === undefined ? [] : ['CredentialsUncheckable' as const]),
    ...(settings.rateLimit === undefined ? [] : ['TooManyRequests' as const]),
  ];
  const all = new Set([...problems, ...(guarded ? ofGuard : []), ...ALWAYS]);
  const codes = [...all].filter((code) => request !== undefined || code !== 'RequestTimeout');
  const byStatus = Object.groupBy(codes, (code) => String(PROBLEMS[code].status));
  return Object.fromEntries(Object.entries(byStatus).map(([status, found = []]) => [status, problemResponse(found)]));
}

function problemResponse(codes: readonly ProblemCode[]): object {
  const rows = codes.map((code): { title: string; headers?: Record<string, string> } => PROBLEMS[code]);
  const sometimes = codes.includes('UnsupportedMediaType') ? ['accept-encoding'] : [];
  const headers = [...new Set([...rows.flatMap((row) => Object.keys(row.headers ?? {})), ...sometimes])];
  return {
    description: codes.map((code) => `${code}: ${PROBLEMS[code].title}.`).join(' '),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers.map((name) => [name, text('See RFC 9110.')])) }),
    content: {
      'application/problem+json': {
        schema: { allOf: [schemaOf('ProblemDocument'), { properties: { code: { enum: [...codes] } } }] },
      },
    },
  };
}

/** One of these is enough. */
function requirementsOf({ auth }: Settings): Record<string, never[]>[] {
  return [
    ...(auth.apiKeysDir === undefined ? [] : [{ apiKey: [] }]),
    ...(auth.jwt === undefined ? [] : [{ token: [] }]),
  ];
}

function securitySchemes({ auth }: Settings): object {
  const schemes = {
    ...(auth.apiKeysDir === undefined ? {} : { apiKey: { type: 'apiKey', in: 'header', name: HEADERS.apiKey } }),
    ...(auth.jwt && {
      token: {
        type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: `Issued by ${auth.jwt.issuer} for ${auth.jwt.audience}.`,
      },
    }),
  };
  return Object.keys(schemes).length === 0 ? {} : { securitySchemes: schemes };
}
