import { describe, expect, it, jest } from '@jest/globals';
import { KINDS } from '../../operator/api/kinds.ts';
import { openServer } from './admin.ts';
import { type Fields, resourcesOf } from './resources.ts';

jest.setTimeout(60_000);

const { RecommenderModel } = KINDS;

const { admin } = await openServer();
await admin.installCrds();
const make = resourcesOf(admin);

const steps = (...list: readonly Fields[]) => make.model({ delivery: { canary: { steps: list } } });
const freeze = (...list: readonly Fields[]) => make.model({ delivery: { freeze: list } });
const custom = (...list: readonly Fields[]) => make.model({ analysis: { custom: list } });
const notified = (...list: readonly Fields[]) => make.model({ notifications: list });

describe('RecommenderModel', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no release', () => admin.create(RecommenderModel, { metadata: { name: 'bare' }, spec: {} }), /spec\.release: Required value/],
    ['a version that is no semantic version', () => make.release({ version: 'v1' }), /spec\.release\.version/],
    ['a version with build metadata', () => make.release({ version: '1.0.0+7' }), /spec\.release\.version/],
    ['a digest of another kind', () => make.release({ digest: 'md5:00' }), /spec\.release\.digest/],
    ['a digest in capitals', () => make.release({ digest: `sha256:${'A'.repeat(64)}` }), /spec\.release\.digest/],
    ['a uri of another scheme', () => make.release({ uri: 'file:///etc/passwd/' }), /must be https:\/\/HOST\/PATH\//],
    ['a uri without final slash', () => make.release({ uri: 'https://models.example/books' }), /end in "\/"/],
    ['a uri with credentials', () => make.release({ uri: 'https://me:secret@models.example/books/' }), /contain no credentials/],
    ['a uri with a query', () => make.release({ uri: 'https://models.example/books/?a=b/' }), /query or fragment/],
    ['a bucket in capitals', () => make.release({ uri: 's3://Models/books/' }), /s3:\/\/BUCKET\/PREFIX\//],
    ['a bucket with credentials', () => make.release({ uri: 's3://me:secret@models/books/' }), /contain no credentials/],
    ['a prefix without final slash', () => make.release({ uri: 's3://models/books' }), /end in "\/"/],
    ['a prefix that climbs', () => make.release({ uri: 's3://models/books/../other/' }), /must not contain "\." or "\.\."/],
    ['a uri that climbs', () => make.release({ uri: 'pvc://models/../other/' }), /must not contain "\." or "\.\."/],
    ['a name too long for its Services', () => make.model({}, 'x'.repeat(41)), /metadata\.name: Too long/],
    ['a name that no Service can have', () => make.model({}, 'books.v2'), /the name must start with a letter/],
    ['a group whose name no label can have', () => make.model({ group: 'At Home' }), /spec\.group/],
    ['max below min', () => make.model({ serving: { replicas: { min: 5, max: 2 } } }), /spec\.serving\.replicas: .*max must not be below min/],
    ['max below the default of min', () => make.model({ serving: { replicas: { max: 1 } } }), /max must not be below min/],
    ['no replicas', () => make.model({ serving: { replicas: { min: 0 } } }), /spec\.serving\.replicas\.min/],
    ['a quantity that is none', () => make.model({ serving: { resources: { requests: { cpu: 'much' } } } }), /requests\.cpu/],
    ['credentials in the address of a store', () => make.serving({ storage: { endpoint: 'http://me:secret@minio:9000' } }), /storage\.endpoint: .*contain no credentials/],
    ['a store without scheme', () => make.serving({ storage: { endpoint: 'minio:9000' } }), /must be http:\/\/HOST or https:\/\/HOST/],
    ['a Secret without name', () => make.serving({ storage: { secretRef: {} } }), /storage\.secretRef\.name: Required value/],
    ['credentials in the address of Redis', () => make.serving({ cache: { redis: { url: 'redis://:secret@redis:6379' } } }), /redis\.url: .*belong in the Secret/],
    ['credentials in the query of Redis', () => make.serving({ cache: { redis: { url: 'redis://redis:6379/0?password=x' } } }), /redis\.url: .*must be redis:/],
    ['a cache that is no Redis', () => make.serving({ cache: { redis: { url: 'http://redis:6379' } } }), /must be redis:\/\/HOST:PORT/],
    ['a cache without Redis', () => make.serving({ cache: { ttl: '1h' } }), /cache\.redis: Required value/],
    ['an answer kept for longer than a week', () => make.serving({ cache: { redis: { url: 'redis://r' }, ttl: '169h' } }), /must be at most 168h/],
    ['a life beyond all numbers', () => make.serving({ cache: { redis: { url: 'redis://r' }, ttl: '99999999999999h' } }), /cache\.ttl/],
    ['protection by nothing', () => make.serving({ auth: {} }), /set apiKeys, jwt or both; leave out auth to let everyone call/],
    ['API keys without Secret', () => make.serving({ auth: { apiKeys: {} } }), /apiKeys\.secretRef: Required value/],
    ['tokens for any audience', () => make.serving({ auth: { jwt: { issuer: 'https://id', jwksUri: 'https://id/keys' } } }), /jwt\.audience: Required value/],
    ['credentials in the address of keys', () => make.serving({ auth: { jwt: { issuer: 'i', audience: 'a', jwksUri: 'https://me:secret@id/keys' } } }), /jwksUri: .*contain no credentials/],
    ['a limit of nothing', () => make.serving({ rateLimit: { requestsPerSecond: 0 } }), /rateLimit\.requestsPerSecond/],
    ['an origin with a path', () => make.serving({ cors: { origins: ['https://shop.example/'] } }), /cors\.origins\[0\]/],
    ['two origins in one', () => make.serving({ cors: { origins: ['https://a.example,https://b.example'] } }), /cors\.origins\[0\]/],
    ['no origins', () => make.serving({ cors: { origins: [] } }), /cors\.origins.*should have at least 1 items/],
    ['traces to nowhere', () => make.serving({ tracing: {} }), /tracing\.endpoint: Required value/],
    ['a share of traces above one', () => make.serving({ tracing: { endpoint: 'http://otel:4318', sampleRatio: '1.1' } }), /tracing\.sampleRatio/],
    ['an acceptance of anything', () => make.model({ analysis: { acceptance: [{ metric: 'ndcg@10' }] } }), /set min or minImprovement if higher is better/],
    ['an acceptance of more and of less', () => make.model({ analysis: { acceptance: [{ metric: 'rmse', min: '0.1', maxIncrease: '0' }] } }), /but not both kinds/],
    ['limits without a load', () => make.model({ delivery: { validation: { load: { requestsPerSecond: 0, memory: '1Gi' } } } }), /p99Latency and memory need a load/],
    ['a load without end', () => make.model({ delivery: { validation: { load: { duration: '2m' } } } }), /must be greater than 0s and at most 60s/],
    ['a throttled rate above one', () => make.model({ analysis: { guardrails: { throttledRate: '2' } } }), /guardrails\.throttledRate/],
    ['an unknown strategy', () => make.model({ delivery: { strategy: 'Hope' } }), /Unsupported value: "Hope"/],
    ['a first step too large', () => steps({ weight: 21 }), /the first step must not exceed 20 percent of users/],
    ['weights that fall', () => steps({ weight: 20 }, { weight: 10 }), /weights must increase from step to step/],
    ['weights that stand still', () => steps({ weight: 10 }, { weight: 10 }), /weights must increase from step to step/],
    ['a step to everyone', () => steps({ weight: 10 }, { weight: 100 }), /steps\[1\]\.weight/],
    ['no steps', () => steps(), /steps.*should have at least 1 items/],
    ['a hold that is no duration', () => steps({ weight: 10, hold: 'a while' }), /steps\[0\]\.hold/],
    ['a window of neither kind', () => freeze({}), /set either from and to, or schedule and duration/],
    ['a window without end', () => freeze({ from: '2026-12-24T00:00:00Z' }), /set either from and to/],
    ['a window that ends before it begins', () => freeze({ from: '2026-12-24T00:00:00Z', to: '2026-12-23T00:00:00Z' }), /from must be before to/],
    ['a window by schedule without duration', () => freeze({ schedule: '0 17 * * Fri' }), /set either from and to/],
    ['a schedule of four fields', () => freeze({ schedule: '17 * * Fri', duration: '1h' }), /freeze\[0\]\.schedule/],
    ['a router of another kind', () => make.router({ type: 'Magic' }), /Unsupported value: "Magic"/],
    ['Nginx without an Ingress', () => make.router({ type: 'Nginx' }), /nginx is required for type Nginx/],
    ['two Ingresses', () => make.router({ type: 'Nginx', nginx: { ingress: 'shop', host: 'shop.example' } }), /set either ingress or host/],
    ['a class for an Ingress of the user', () => make.router({ type: 'Nginx', nginx: { ingress: 'shop', className: 'nginx' } }), /className and tlsSecret require host/],
    ['fields of another router', () => make.router({ type: 'None', istio: {} }), /istio is allowed only for type Istio/],
    ['hosts for a VirtualService of the user', () => make.router({ type: 'Istio', istio: { virtualService: { name: 'shop' }, hosts: ['shop'] } }), /hosts and gateways cannot be combined with virtualService/],
    ['testers where nobody reads their header', () => make.router({ testers: { header: 'x-tester', value: 'yes' } }), /testers is allowed only for types Nginx and Istio/],
    ['a second stack that has users at once', () => make.model({ delivery: { strategy: 'BlueGreen', router: { type: 'None' } } }), /strategy BlueGreen is not available with router None/],
    ['a requirement without model', () => make.model({ delivery: { requires: [{ namespace: 'staging' }] } }), /requires\[0\]\.name: Required value/],
    ['a watch of months', () => make.model({ delivery: { after: { watchFor: '169h' } } }), /watchFor: .*must be at most 168h/],
    ['a tolerance that is no number', () => make.model({ delivery: { after: { tolerance: 'some' } } }), /after\.tolerance/],
    ['an error rate above one', () => make.model({ analysis: { guardrails: { errorRate: '1.5' } } }), /guardrails\.errorRate/],
    ['a custom guardrail without limit', () => custom({ name: 'x', query: 'up' }), /set min, max or both/],
    ['a custom guardrail of a built-in name', () => custom({ name: 'error-rate', query: 'up', max: '1' }), /reserved for a built-in guardrail/],
    ['a custom guardrail with the name of a check of shadows', () => custom({ name: 'shadow-overlap', query: 'up', max: '1' }), /reserved for built-in checks/],
    ['two custom guardrails of one name', () => custom({ name: 'x', query: 'a', max: '1' }, { name: 'x', query: 'b', max: '1' }), /Duplicate value/],
    ['a webhook without an address', () => notified({ webhook: { secretRef: { key: 'ops' } } }), /set either url or urlRef/],
    ['a webhook with two addresses', () => notified({ webhook: { url: 'https://hooks.example/', urlRef: { key: 'chat' } } }), /set either url or urlRef/],
    ['a webhook that is named twice', () => notified({ webhook: { url: 'https://hooks.example/' } }, { webhook: { url: 'https://hooks.example/' } }), /each webhook can be listed only once/],
    ['an address that is named twice', () => notified({ webhook: { urlRef: { key: 'chat' } } }, { webhook: { urlRef: { key: 'chat' } } }), /each webhook can be listed only once/],
  ])('refuses %s, and says why', async (_what, attempt, message) => {
    await expect(attempt()).rejects.toThrow(message);
  });
});
