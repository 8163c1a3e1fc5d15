/** Traces by OpenTelemetry. Contexts are passed by hand: following them through every promise would cost all requests. */
import { hostname } from 'node:os';
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { CompositePropagator, setGlobalErrorHandler, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_VERSION,
  ATTR_URL_FULL,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from '@opentelemetry/semantic-conventions';
import type { ServeConfig, TracesConfig } from '../config/serve.ts';
import { createSparseLog, messageOf } from './log.ts';
import type { RequestTrace, TracedExchange, Traces } from './traces.ts';

/** Spans that wait for the receiver; further ones are dropped. */
const MAX_WAITING = 2048;
const MAX_BATCH = 512;
const SEND_EVERY_MS = 2_000;
const SEND_WITHIN_MS = 5_000;
const CLOSE_WITHIN_MS = 2_000;
/** Attributes of our own, besides OpenTelemetry's conventions. */
const ATTR_MODEL = 'recommender.model';
const ATTR_VERSION = 'recommender.version';
const ATTR_OUTCOME = 'recommender.outcome';
const FIRST_SERVER_ERROR = 500;

type Headers = Record<string, string | string[] | undefined>;
const reader = { keys: (headers: Headers) => Object.keys(headers), get: (headers: Headers, key: string) => headers[key] };
const writer = { set: (headers: Record<string, string>, key: string, value: string) => void (headers[key] = value) };
const propagator = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });

/** A receiver that is slow, full or gone costs spans, never requests. */
export function createTraces({ model, namespace, version }: ServeConfig, { endpoint, sampleRatio }: TracesConfig): Traces {
  const complain = createSparseLog(60_000);
  setGlobalErrorHandler((error) => complain('warn', 'traces not exported', { error: messageOf(error) }));
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({
      [ATTR_SERVICE_NAME]: model,
      [ATTR_SERVICE_NAMESPACE]: namespace,
      [ATTR_SERVICE_VERSION]: version,
      [ATTR_SERVICE_INSTANCE_ID]: hostname(),
    })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({
      exporter: new OTLPTraceExporter({
        url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
        timeoutMillis: SEND_WITHIN_MS,
        concurrencyLimit: 2,
      }),
      maxQueueSize: MAX_WAITING,
      maxExportBatchSize: MAX_BATCH,
      scheduledDelayMillis: SEND_EVERY_MS,
      exportTimeoutMillis: SEND_WITHIN_MS,
    })],
  });
  const tracer = provider.getTracer('recommender-serving');

  return {
    begin(request, response, route) {
      const parent = propagator.extract(ROOT_CONTEXT, request.headers, reader);
      const method = request.method ?? '';
      const attributes = {
        [ATTR_HTTP_REQUEST_METHOD]: method,
        [ATTR_HTTP_ROUTE]: route,
        [ATTR_URL_PATH]: route,
        [ATTR_URL_SCHEME]: 'http',
        [ATTR_MODEL]: model,
        [ATTR_VERSION]: version,
      };
      const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
      response.once('close', () => {
        if (response.writableFinished) endWith(span, response.statusCode);
        else span.setAttribute(ATTR_ERROR_TYPE, 'abandoned');
        span.end();
      });
      return traceOf(span, trace.setSpan(parent, span), tracer);
    },
    close: () => atMost(CLOSE_WITHIN_MS, provider.shutdown()),
  };
}

function traceOf(span: Span, context: Context, tracer: Tracer): RequestTrace {
  return {
    async within(name, work) {
      const child = tracer.startSpan(name, { kind: SpanKind.INTERNAL }, context);
      try {
        return await work();
      } catch (error) {
        fail(child, error instanceof Error ? error.constructor.name : 'unknown');
        throw error;
      } finally {
        child.end();
      }
    },
    exchange: (origin, path) => exchangeOf(origin, path, context, tracer),
    ended(outcome, by) {
      span.setAttributes({ [ATTR_OUTCOME]: outcome, ...(by === undefined ? {} : { [ATTR_VERSION]: by }) });
    },
  };
}

function exchangeOf(origin: string, path: string, context: Context, tracer: Tracer): TracedExchange {
  const { hostname: address, port } = new URL(origin);
  const attributes = {
    [ATTR_HTTP_REQUEST_METHOD]: 'POST',
    [ATTR_SERVER_ADDRESS]: address,
    [ATTR_SERVER_PORT]: Number(port || 80),
    [ATTR_URL_FULL]: `${origin}${path}`,
  };
  const span = tracer.startSpan(`POST ${path}`, { kind: SpanKind.CLIENT, attributes }, context);
  const headers: Record<string, string> = {};
  propagator.inject(trace.setSpan(context, span), headers, writer);
  return {
    headers,
    answered: (status) => void span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status),
    end(outcome) {
      span.setAttribute(ATTR_OUTCOME, outcome);
      if (outcome !== 'ok') fail(span, outcome);
      span.end();
    },
  };
}

function endWith(span: Span, status: number): void {
  span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
  // A refused caller is no error of the server's span.
  if (status >= FIRST_SERVER_ERROR) fail(span, String(status));
}

function fail(span: Span, type: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, milliseconds, undefined);
  void work.catch(() => undefined).finally(() => {
    clearTimeout(timer);
    resolve(undefined);
  });
  return promise;
}
