import { describe, expect, it } from '@jest/globals';
import type { RecommenderModelSpec } from '../../api/types.gen.ts';
import { CONFIG, model, release } from '../../testing/builders.ts';
import { podTemplate } from './podTemplate.ts';
import { validationJob } from './validationJob.ts';

type Serving = RecommenderModelSpec['serving'];
type Env = { name: string; value?: string; valueFrom?: object }[];

const PLAIN: Serving = { replicas: { min: 2, max: 2 }, targetCPU: 70, resources: {} };
const REDIS = { redis: { url: 'redis://redis.shop:6379/0', secretRef: { name: 'redis' } }, ttl: '30m' };
const KEYS = { apiKeys: { secretRef: { name: 'callers' } } };
const JWT = { jwt: { issuer: 'https://id.example.org', audience: 'books', jwksUri: 'https://id.example.org/keys' } };
const STORED = { ...release('1.0.0'), uri: 's3://models/books/1.0.0/' };

const templateOf = (serving: Partial<Serving>, desired = release('1.0.0'), config = CONFIG) =>
  podTemplate(model('1.0.0', { spec: { serving: { ...PLAIN, ...serving } } }), desired, config);
const serverOf = (serving: Partial<Serving>) => templateOf(serving).spec?.containers[0];
const fetcherOf = (serving: Partial<Serving>, desired = STORED, config = CONFIG) => templateOf(serving, desired, config).spec?.initContainers?.[0];
const values = (env: unknown): Record<string, string | undefined> => Object.fromEntries((env as Env).map(({ name, value }) => [name, value]));

/** Variables that the first container has and the second has not. */
function added(container: { env?: unknown } | undefined, without: { env?: unknown } | undefined): Env {
  const names = (without?.env as Env).map(({ name }) => name);
  return (container?.env as Env).filter(({ name }) => !names.includes(name));
}

const secret = (key: string, name: string, more = {}) => ({ secretKeyRef: { name, key, ...more } });

describe('the pod template', () => {
  it('tells the server of each setting that is given, and of no other', () => {
    const told = (serving: Partial<Serving>) => values(added(serverOf(serving), serverOf({})));
    expect(told({ cache: { redis: { url: 'redis://redis:6379' }, ttl: '1h30m' } })).toEqual({ REDIS_URL: 'redis://redis:6379', CACHE_TTL_MS: '5400000' });
    expect(told({ auth: JWT })).toEqual({ JWT_ISSUER: 'https://id.example.org', JWT_AUDIENCE: 'books', JWT_JWKS_URI: 'https://id.example.org/keys' });
    expect(told({ rateLimit: { requestsPerSecond: 50, burst: 10 } })).toEqual({ RATE_LIMIT_PER_SECOND: '50', RATE_LIMIT_BURST: '10' });
    expect(told({ cors: { origins: ['https://a.example', 'https://b.example'] } })).toEqual({ CORS_ORIGINS: 'https://a.example,https://b.example' });
    expect(told({ accessLog: 'None' })).toEqual({ ACCESS_LOG: 'off' });
    expect(told({ tracing: { endpoint: 'http://otel:4318', sampleRatio: '0.5' } })).toEqual({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_TRACES_SAMPLER_ARG: '0.5' });
  });

  it('is the same for the same model, and the same for a model that uses no s3:// whatever its storage', () => {
    const serving = { cache: REDIS, auth: { ...KEYS, ...JWT }, rateLimit: { requestsPerSecond: 1, burst: 1 } };
    expect(templateOf(serving)).toEqual(templateOf(structuredClone(serving)));
    expect(templateOf({ storage: { secretRef: { name: 'store' } } })).toEqual(templateOf({}));
    expect(templateOf({}, release('1.0.0'), { ...CONFIG, s3: { endpoint: 'http://minio:9000' } })).toEqual(templateOf({}));
  });

  it('mounts API keys as files, which need no restart, and lets no pod start without them', () => {
    const spec = templateOf({ auth: KEYS }).spec;
    expect(spec?.volumes).toContainEqual({ name: 'api-keys', secret: { secretName: 'callers', defaultMode: 0o440, optional: false } });
    expect(spec?.containers[0]?.volumeMounts).toContainEqual({ name: 'api-keys', mountPath: '/api-keys', readOnly: true });
    expect(added(spec?.containers[0], serverOf({}))).toEqual([{ name: 'API_KEYS_DIR', value: '/api-keys' }]);
    expect(JSON.stringify(spec?.initContainers)).not.toContain('api-keys');
  });

  it('gives the credentials of the store to whoever fetches the bundle, and to nobody else', () => {
    const serving = { storage: { secretRef: { name: 'store' }, endpoint: 'http://minio:9000', region: 'eu-central-1' } };
    const desired = model('1.0.0', { spec: { release: STORED, serving: { ...PLAIN, ...serving } } });
    const job = validationJob(desired, STORED, CONFIG) as unknown as { spec: { template: { spec: { containers: { env: Env }[] } } } };
    const expected = [
      { name: 'AWS_ENDPOINT_URL_S3', value: 'http://minio:9000' },
      { name: 'AWS_REGION', value: 'eu-central-1' },
      { name: 'AWS_ACCESS_KEY_ID', valueFrom: secret('AWS_ACCESS_KEY_ID', 'store') },
      { name: 'AWS_SECRET_ACCESS_KEY', valueFrom: secret('AWS_SECRET_ACCESS_KEY', 'store') },
      { name: 'AWS_SESSION_TOKEN', valueFrom: secret('AWS_SESSION_TOKEN', 'store', { optional: true }) },
    ];
    const none = fetcherOf({}, release('1.0.0'));
    expect(added(fetcherOf(serving), none)).toEqual(expected);
    expect(added(job.spec.template.spec.containers[0], none).slice(-expected.length)).toEqual(expected);
    expect(templateOf(serving, STORED).spec?.containers[0]).toEqual(templateOf({}, STORED).spec?.containers[0]);
  });

  it('reads from the store of the operator where the model names none', () => {
    const config = { ...CONFIG, s3: { endpoint: 'http://minio:9000', region: 'eu-central-1' } };
    const read = (serving: Partial<Serving>) => values(added(fetcherOf(serving, STORED, config), fetcherOf({}, release('1.0.0'))));
    expect(read({})).toEqual({ AWS_ENDPOINT_URL_S3: 'http://minio:9000', AWS_REGION: 'eu-central-1' });
    expect(read({ storage: { endpoint: 'http://mine:9000' } })).toEqual({ AWS_ENDPOINT_URL_S3: 'http://mine:9000', AWS_REGION: 'eu-central-1' });
  });

  it('has what comes from Secrets last, so that no written value can stand for it', () => {
    const lists = [serverOf({ cache: REDIS, auth: { ...KEYS, ...JWT }, tracing: { endpoint: 'http://otel', sampleRatio: '1' } }), fetcherOf({ storage: { secretRef: { name: 'store' } } })];
    for (const container of lists) {
      const kinds = (container?.env as Env).map(({ valueFrom }) => JSON.stringify(valueFrom ?? '').includes('secretKeyRef'));
      expect(kinds).toContain(true);
      expect(kinds).toEqual(kinds.toSorted());
    }
  });

  it('holds no secret and asks for the user of Redis only if there is one', () => {
    const env = serverOf({ cache: REDIS })?.env ?? [];
    expect(env.slice(-2)).toEqual([
      { name: 'REDIS_USERNAME', valueFrom: secret('username', 'redis', { optional: true }) },
      { name: 'REDIS_PASSWORD', valueFrom: secret('password', 'redis') },
    ]);
  });
});

describe('inference threads', () => {
  it.each([
    ['nothing said', {}, '1'],
    ['a tenth of a CPU asked for and no limit', { requests: { cpu: '100m' } }, '1'],
    ['four CPUs asked for and no limit', { requests: { cpu: 4 } }, '4'],
    ['a limit of one and a half', { requests: { cpu: '1' }, limits: { cpu: '1500m' } }, '1'],
    ['a limit of two', { requests: { cpu: '100m' }, limits: { cpu: '2' } }, '2'],
    ['a limit below one', { limits: { cpu: '250m' } }, '1'],
    ['a limit beyond any machine', { limits: { cpu: '5k' } }, '64'],
  ])('with %s', (_, resources, threads) => {
    expect(values(serverOf({ resources })?.env)['INFERENCE_THREADS']).toBe(threads);
  });
});
