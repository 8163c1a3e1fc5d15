import protobuf from 'protobufjs';
import { listen, type TestServer } from './http.ts';

/** The part of OTLP's schema that is looked at here, https://github.com/open-telemetry/opentelemetry-proto. */
const SCHEMA = `
  syntax = "proto3";
  message Export { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated KeyValue attributes = 9; Status status = 15;
  }
  message Status { int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`;

type Attributes = Record<string, string | number | boolean>;

export interface ReceivedSpan {
  name: string;
  kind: 'internal' | 'server' | 'client' | 'other';
  traceId: string;
  spanId: string;
  /** Empty = the first of its trace. */
  parentId: string;
  traceState: string;
  failed: boolean;
  attributes: Attributes;
  /** Of the process that sent it. */
  resource: Attributes;
}

/** A receiver of traces by OTLP over HTTP, binary. */
export interface TraceReceiver extends TestServer {
  spans: ReceivedSpan[];
  /** Everything that was sent, as it came. */
  raw: Buffer[];
}

interface KeyValue {
  key: string;
  value: Record<string, string | number | boolean>;
}
interface Sent {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array;
  traceState: string;
  name: string;
  kind: number;
  attributes: KeyValue[];
  status: { code: number } | null;
}
interface Export {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: Sent[] }[] }[];
}

const KINDS = ['other', 'internal', 'server', 'client'] as const;
const STATUS_ERROR = 2;
const type = protobuf.parse(SCHEMA).root.lookupType('Export');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

export async function traceReceiver(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const raw: Buffer[] = [];
  const server = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const body = Buffer.concat(chunks);
      const isTraces = request.method === 'POST' && request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
      if (!isTraces) return void response.writeHead(404).end();
      raw.push(body);
      spans.push(...spansOf(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  return { ...server, spans, raw };
}

function spansOf(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = type.toObject(type.decode(body), { longs: Number, defaults: true, arrays: true }) as unknown as Export;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans).map((span) => ({
      name: span.name,
      kind: KINDS[span.kind] ?? 'other',
      traceId: hex(span.traceId),
      spanId: hex(span.spanId),
      parentId: hex(span.parentSpanId),
      traceState: span.traceState,
      failed: span.status?.code === STATUS_ERROR,
      attributes: attributesOf(span.attributes),
      resource: attributesOf(resource.attributes),
    })));
}

function attributesOf(pairs: readonly KeyValue[]): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0] ?? '']));
}
