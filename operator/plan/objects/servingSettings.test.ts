import { describe, expect, it } from '@jest/globals';
import { readFetchConfig, readServeConfig } from '../../../serving/config/read.ts';
import type { RecommenderModelSpec } from '../../api/types.gen.ts';
import { CONFIG, digestOf, model, release } from '../../testing/builders.ts';
import { podTemplate } from './podTemplate.ts';

type Env = { name: string; value?: string; valueFrom?: { secretKeyRef?: { key: string } } }[];

/** What the kubelet makes of a container's variables; each Secret holds `the KEY`. */
function environmentOf(container: { env?: unknown } | undefined): Record<string, string> {
  const entries = (container?.env as Env).map(({ name, value, valueFrom }) => [name, value ?? `the ${valueFrom?.secretKeyRef?.key ?? 'hash'}`]);
  return { ...(Object.fromEntries(entries) as Record<string, string>), KUBERNETES_SERVICE_HOST: '10.0.0.1' };
}

const serving: RecommenderModelSpec['serving'] = {
  replicas: { min: 2, max: 2 },
  targetCPU: 70,
  resources: { limits: { cpu: '2' } },
  storage: { secretRef: { name: 'store' }, endpoint: 'http://minio:9000', region: 'eu-central-1' },
  cache: { redis: { url: 'redis://redis.shop:6379/1', secretRef: { name: 'redis' } }, ttl: '90s' },
  auth: { apiKeys: { secretRef: { name: 'callers' } }, jwt: { issuer: 'https://id.example', audience: 'books', jwksUri: 'https://id.example/keys' } },
  rateLimit: { requestsPerSecond: 10_000, burst: 5000 },
  cors: { origins: ['https://a.example', 'https://b.example'] },
  feedback: { events: ['click', 'add-to-basket'] },
  accessLog: 'All',
  tracing: { endpoint: 'http://otel:4318', sampleRatio: '0.01' },
};
const desired = { ...release('1.0.0'), uri: 's3://models/books/1.0.0/' };
const spec = podTemplate(model('1.0.0', { spec: { serving } }), desired, CONFIG).spec;

describe('what a model asks for', () => {
  it('arrives at the server', () => {
    expect(readServeConfig(environmentOf(spec?.containers[0]))).toMatchObject({
      threads: 2,
      cache: { url: 'redis://redis.shop:6379/1', username: 'the username', password: 'the password', ttlMs: 90_000 },
      auth: { apiKeysDir: '/api-keys', jwt: { issuer: 'https://id.example', audience: 'books', jwksUri: 'https://id.example/keys' } },
      rateLimit: { requestsPerSecond: 10_000, burst: 5000 },
      corsOrigins: ['https://a.example', 'https://b.example'],
      feedbackEvents: ['click', 'add-to-basket'],
      accessLog: 'all',
      traces: { endpoint: 'http://otel:4318', sampleRatio: 0.01 },
    });
  });

  it('arrives where the bundle is fetched, credentials under the names that S3 clients look for', () => {
    const env = environmentOf(spec?.initContainers?.[0]);
    expect(readFetchConfig(env)).toMatchObject({ uri: desired.uri, digest: digestOf('1.0.0'), s3: { endpoint: 'http://minio:9000', region: 'eu-central-1' } });
    expect(env).toMatchObject({ AWS_ACCESS_KEY_ID: 'the AWS_ACCESS_KEY_ID', AWS_SECRET_ACCESS_KEY: 'the AWS_SECRET_ACCESS_KEY' });
  });

  it('is nothing where nothing is asked for', () => {
    const plain = podTemplate(model('1.0.0'), release('1.0.0'), CONFIG).spec;
    const config = readServeConfig(environmentOf(plain?.containers[0]));
    expect(config).toMatchObject({ threads: 1, auth: {}, corsOrigins: [] });
    expect([config.cache, config.rateLimit, config.traces, config.auth.apiKeysDir, config.auth.jwt]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
