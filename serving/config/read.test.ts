import { describe, expect, it } from '@jest/globals';
import { ConfigError } from './fields.ts';
import { metricsToReport, readFetchConfig, readLoadConfig, readServeConfig } from './read.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const FETCH = { MODEL_VERSION: '1.0.0', BUNDLE_URI: 'https://models.example.org/1/', BUNDLE_DIGEST: DIGEST };
const SERVE = { MODEL_NAME: 'books', MODEL_NAMESPACE: 'shop', MODEL_VERSION: '1.0.0', BUNDLE_DIGEST: DIGEST };
const CARRIER = {
  CARRIER_INGRESS: 'books-books-canary',
  CHAMPION_SERVICE: 'books',
  CANDIDATE_SERVICE: 'books-candidate',
  POD_TEMPLATE_HASH: 'aaa',
  KUBERNETES_SERVICE_HOST: '10.96.0.1',
};

describe('settings of the fetch and validate commands', () => {
  it('reads hosts as a list, lower case', () => {
    const { allowedHosts } = readFetchConfig({ ...FETCH, BUNDLE_ALLOWED_HOSTS: ' Models.example.org, *.internal ,' });
    expect(allowedHosts).toEqual(['models.example.org', '*.internal']);
  });

  it('measures nothing unless told', () => {
    expect(readLoadConfig(FETCH)).toBeUndefined();
    expect([metricsToReport(FETCH), metricsToReport({ REPORT_METRICS: '["ndcg@10"]' }), metricsToReport({ REPORT_METRICS: 'ndcg' })]).toEqual([[], ['ndcg@10'], []]);
    expect(readLoadConfig({ LOAD_REQUESTS_PER_SECOND: '50', LOAD_DURATION_MS: '3000' })).toEqual({ requestsPerSecond: 50, durationMs: 3_000 });
  });

  it('allows no host unless told', () => {
    expect(readFetchConfig(FETCH).allowedHosts).toEqual([]);
  });

  it('names all faults at once', () => {
    const read = () => readFetchConfig({ BUNDLE_DIGEST: 'latest', BUNDLE_MAX_BYTES: '-1' });
    expect(read).toThrow(ConfigError);
    for (const name of ['MODEL_VERSION', 'BUNDLE_URI', 'BUNDLE_DIGEST', 'BUNDLE_MAX_BYTES']) expect(read).toThrow(name);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(readFetchConfig(FETCH))).toBe(true);
  });
});

describe('settings of the server', () => {
  it('has no splitter without a carrier', () => {
    expect(readServeConfig(SERVE)).toMatchObject({ port: 8080, drainMs: 5000, traffic: undefined });
  });

  it.each([['10.96.0.1', 'https://10.96.0.1:443'], ['fd00::1', 'https://[fd00::1]:443']])('finds the API server at %s', (host, url) => {
    const config = readServeConfig({ ...SERVE, ...CARRIER, KUBERNETES_SERVICE_HOST: host });
    expect(config.traffic).toMatchObject({ apiUrl: url, forwardTimeoutMs: 1000 });
  });

  it('names what a carrier needs besides', () => {
    const read = () => readServeConfig({ ...SERVE, CARRIER_INGRESS: 'books-books-canary' });
    for (const name of ['CHAMPION_SERVICE', 'CANDIDATE_SERVICE', 'POD_TEMPLATE_HASH', 'KUBERNETES_SERVICE_HOST']) {
      expect(read).toThrow(name);
    }
  });

  it.each([['PORT', '70000'], ['PORT', 'http'], ['DRAIN_MS', '5s'], ['FORWARD_TIMEOUT_MS', '0']])('refuses %s=%s', (name, value) => {
    expect(() => readServeConfig({ ...SERVE, [name]: value })).toThrow(name);
  });

  it.each(['https://shop.example.org/', 'https://Shop.example.org', 'shop.example.org', 'https://shop.example.org:80000', 'https://a.example.org https://b.example.org', 'null'])(
    'refuses %s as an origin, as none would ever match',
    (origins) => {
      expect(() => readServeConfig({ ...SERVE, CORS_ORIGINS: origins })).toThrow(/CORS_ORIGINS must be \* or a list of origins such as https:\/\/shop\.example\.org/);
    },
  );

  it('takes origins as pages send them', () => {
    const CORS_ORIGINS = 'https://shop.example.org:443, http://localhost:3000,*';
    expect(readServeConfig({ ...SERVE, CORS_ORIGINS }).corsOrigins).toEqual(['https://shop.example.org', 'http://localhost:3000', '*']);
  });

  it('shares budgets through Redis even where no answer is kept', () => {
    const config = readServeConfig({ ...SERVE, REDIS_URL: 'redis://redis:6379', CACHE_TTL_MS: '0' });
    expect(config.cache).toMatchObject({ url: 'redis://redis:6379', ttlMs: 0 });
  });
});
