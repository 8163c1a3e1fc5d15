import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { readCrds } from '../crds/crds.ts';
import { PLUGIN } from '../testing/recommender.ts';
import { runHere } from '../testing/run-here.ts';
import { commentedModel } from './init.ts';
import { lintText } from './lint.ts';

const CRDS = readCrds();
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const RELEASE = { version: '1.0.0', uri: 's3://models/books/1.0.0/', digest: DIGEST };

type Fields = Readonly<Record<string, unknown>>;

const text = (spec: Fields, name = 'books') =>
  stringify({ apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name, namespace: 'shop' }, spec: { release: RELEASE, ...spec } });
const guardrail = (query: string): Fields => ({ analysis: { custom: [{ name: 'x', query, max: '1' }] } });
const findings = (content: string) => lintText(content, CRDS).findings;
const said = (spec: Fields) => findings(text(spec)).map(({ path, message, isAdvice }) => `${isAdvice ? 'advice ' : ''}${path}: ${message}`);

describe('lint', () => {
  it('finds nothing wrong with the least there can be', () => {
    expect(lintText(text({}), CRDS)).toEqual({ findings: [], checked: ['RecommenderModel books'], skipped: [], left: [] });
  });

  it('finds nothing but the placeholder in the example', () => {
    const example = readFileSync(join(import.meta.dirname, '../../../examples/books/recommendermodel.yaml'), 'utf8');
    expect(findings(example).map(({ path, isAdvice }) => [path, isAdvice])).toEqual([['spec.release.digest', true]]);
  });

  it.each<[string, Fields, string]>([
    ['a field that does not exist, and what may be meant', { serving: { replica: {} } }, 'spec.serving.replica: unknown field; did you mean replicas?'],
    ['a number where a text belongs', { release: { ...RELEASE, version: 1.5 } }, 'spec.release.version: must be a string, got number 1.5: quote it'],
    ['what is missing', { release: { version: '1.0.0', uri: RELEASE.uri } }, 'spec.release: missing required field digest'],
    ['a word that is none of the choices', { delivery: { strategy: 'Canari' } }, 'spec.delivery.strategy: must be one of Canary, BlueGreen, Shadow, got "Canari"'],
    ['a wrong form', { analysis: { interval: 'often' } }, 'spec.analysis.interval: "often" does not match the required format (Time between two measurements)'],
    ['a number out of range', { serving: { targetCPU: 300 } }, 'spec.serving.targetCPU: must be <= 100, got 300'],
    ['a folder without slash', { release: { ...RELEASE, uri: 's3://models/books' } }, 'spec.release.uri: must be https://HOST/PATH/'],
    ['a path upwards', { release: { ...RELEASE, uri: 's3://models/../x/' } }, 'spec.release.uri: must not contain'],
    ['credentials in a url', { serving: { cache: { redis: { url: 'redis://me:secret@cache/0' } } } }, 'spec.serving.cache.redis.url: must be redis://'],
    ['a long ttl', { serving: { cache: { redis: { url: 'redis://cache/0' }, ttl: '169h' } } }, 'spec.serving.cache.ttl: must be at most 168h'],
    ['fewer at most than at least', { serving: { replicas: { min: 11 } } }, 'spec.serving.replicas: max must not be below min'],
    ['empty auth', { serving: { auth: {} } }, 'spec.serving.auth: set apiKeys, jwt or both'],
    ['a bold first step', { delivery: { canary: { steps: [{ weight: 30 }] } } }, 'spec.delivery.canary.steps: the first step must not exceed 20 percent'],
    ['falling steps', { delivery: { canary: { steps: [{ weight: 20 }, { weight: 10 }] } } }, 'spec.delivery.canary.steps: weights must increase'],
    ['a custom metric without limit', { analysis: { custom: [{ name: 'x', query: 'q' }] } }, 'spec.analysis.custom[0]: set min, max or both'],
    ['the name of a built-in', { analysis: { custom: [{ name: 'requests', query: 'q', max: '1' }] } }, 'spec.analysis.custom[0]: the name is reserved'],
    ['requests above limits', { serving: { resources: { requests: { memory: '1Gi' }, limits: { memory: '512Mi' } } } }, 'spec.serving.resources.requests.memory: 1Gi is above the limit of 512Mi'],
    ['processors above limits', { serving: { resources: { requests: { cpu: 2 }, limits: { cpu: '500m' } } } }, 'spec.serving.resources.requests.cpu: 2 is above'],
    ['limits nothing can keep', { analysis: { custom: [{ name: 'x', query: '{{args.version}}', min: '2', max: '1' }] } }, 'spec.analysis.custom[0].min: 2 is above max 1'],
    ['one pod', { serving: { replicas: { min: 1 } } }, 'advice spec.serving.replicas.min: with a single pod'],
    ['a schedule of the freeze that nobody can read', { delivery: { freeze: [{ schedule: '0 25 * * *', duration: '1h' }] } }, 'spec.delivery.freeze[0].schedule: "0 25 * * *" is not a cron schedule such as "0 17 * * Fri"'],
    ['a time zone that does not exist', { delivery: { freeze: [{ from: '2026-12-24T12:00:00Z', to: '2026-12-27T06:00:00Z', timeZone: 'Mars/Base' }] } }, 'spec.delivery.freeze[0].timeZone: "Mars/Base" is not a time zone'],
    ['a narrow window', { analysis: { interval: '5m', window: '1m' } }, 'advice spec.analysis.window: 1m is shorter than the interval of 5m'],
    ['a short hold', { delivery: { canary: { steps: [{ weight: 10, hold: '10s' }] } } }, 'advice spec.delivery.canary.steps[0].hold: 10s is shorter than the measurement interval'],
    ['a short hold behind a shadow', { delivery: { strategy: 'Shadow', canary: { steps: [{ weight: 10, hold: '10s' }] } } }, 'advice spec.delivery.canary.steps[0].hold: 10s is shorter than the measurement interval'],
    ['a short shadow', { delivery: { strategy: 'Shadow', shadow: { holdFor: '10s' } } }, 'advice spec.delivery.shadow.holdFor: 10s is shorter than the measurement interval'],
    ['a short trial of a second stack', { delivery: { strategy: 'BlueGreen', blueGreen: { validateFor: '10s' } } }, 'advice spec.delivery.blueGreen.validateFor: 10s is shorter than the measurement interval'],
    ['a champion before that no router keeps users from', { delivery: { router: { type: 'None' }, after: { keepPrevious: '24h' } } }, 'advice spec.delivery.after.keepPrevious: 24h has no effect with the router None'],
    ['a deprecated field', { delivery: { blueGreen: { keepPrevious: '2h' } } }, 'advice spec.delivery.blueGreen.keepPrevious: is deprecated: set spec.delivery.after.keepPrevious to 2h instead'],
    ['a query of everybody', { analysis: { custom: [{ name: 'x', query: 'up', max: '1' }] } }, 'advice spec.analysis.custom[0].query: does not use {{args.version}}'],
    ['an argument that there is not', guardrail('sum(x{version="{{args.version}}",pod="{{args.pod}}"})'), 'spec.analysis.custom[0].query: uses {{args.pod}}, which is not among the arguments: namespace, model, version, since'],
    ['a range of values', guardrail('x{version="{{args.version}}"}[5m]'), 'spec.analysis.custom[0].query: yields a range of values'],
    [
      'clicks that nobody has declared',
      { ...guardrail('sum(increase(recommendation_feedback_total{version="{{args.version}}",event="click"}[5m]))'), serving: { feedback: { events: ['purchase'] } } },
      'advice spec.analysis.custom[0].query: counts click, which is not in spec.serving.feedback.events',
    ],
    ['requests counted over another time', guardrail('sum(increase(x{version="{{args.version}}"}[15m]))'), 'advice spec.analysis.custom[0].window: the query looks back 15m, but requests are counted over 5m: set window to 15m'],
    ['a tail below the mean', { analysis: { guardrails: { p99Latency: '500ms' } } }, 'advice spec.analysis.guardrails.p99Latency: 500ms is below averageLatency 1s'],
  ])('finds %s', (_, spec, sentence) => {
    expect(said(spec)).toEqual([expect.stringContaining(sentence)]);
  });

  it('says nothing of times that the strategy does not use', () => {
    const short = { canary: { steps: [{ weight: 10, hold: '10s' }] }, blueGreen: { validateFor: '10s' }, shadow: { holdFor: '10s' } };
    expect(['Canary', 'BlueGreen', 'Shadow'].map((strategy) => said({ delivery: { strategy, ...short } }).length)).toEqual([1, 1, 2]);
  });

  it('names the line, also of a default further down', () => {
    const content = text({ serving: { replicas: { min: 11 } } });
    expect(findings(content)[0]?.line).toBe(content.split('\n').findIndex((line) => line.includes('replicas')) + 1);
    const lines = 'apiVersion: recommender.dev/v1alpha1\nkind: RecommenderModel\nmetadata:\n  name: books\nspec: {}\n';
    expect(findings(lines)).toEqual([{ line: 5, path: 'spec', message: 'missing required field release', isAdvice: false }]);
  });

  it('takes only names that Services can have', () => {
    expect(findings(text({}, '2books'))[0]?.message).toContain('the name must start with a letter');
    expect(findings(text({}, 'b'.repeat(41)))[0]?.path).toBe('metadata.name');
  });

  it('checks every document, and says which it does not check', () => {
    const { checked, skipped } = lintText(`${text({})}---\napiVersion: v1\nkind: Secret\nmetadata: {name: keys}\n---\n${text({}, 'films')}`, CRDS);
    expect([checked, skipped]).toEqual([['RecommenderModel books', 'RecommenderModel films'], ['Secret keys (v1)']]);
  });

  it('names the line of broken YAML', () => {
    expect(findings('a: [1\nb: 2\n')[0]).toMatchObject({ path: '', isAdvice: false });
    expect(findings('a: [1\nb: 2\n')[0]?.line).toBeGreaterThan(0);
  });

  it('leaves to the API server only what depends on the object before', () => {
    const version = stringify({ apiVersion: 'recommender.dev/v1alpha1', kind: 'ModelVersion', metadata: { name: `books-${RELEASE.version}` }, spec: { model: 'books', ...RELEASE } });
    expect(lintText(version, CRDS)).toMatchObject({ findings: [], left: ['self == oldSelf'] });
  });
});

describe('the command lint', () => {
  const WRONG = text({ serving: { replicas: { min: 11 } } });
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lint-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileOf = (content: string): string => {
    const file = join(folder, 'model.yaml');
    writeFileSync(file, content);
    return file;
  };

  it('prints a line for each finding, then how many errors there are', async () => {
    const file = fileOf(WRONG);
    const [{ line, message } = { line: 0, message: '' }] = findings(WRONG);
    const stdout = `${file}:${line}: spec.serving.replicas: ${message}\n1 error\n`;
    expect(await runHere('lint', file)).toEqual({ code: 1, stdout, stderr: '' });
    expect(await runHere('lint', fileOf(text({})))).toEqual({ code: 0, stdout: '1 object checked, no errors\n', stderr: '' });
  });

  it('gives programs what it found in each file, and the same exit code', async () => {
    const file = fileOf(WRONG);
    const { code, stdout, stderr } = await runHere('lint', file, '-o', 'json');
    const [{ line, message } = { line: 0, message: '' }] = findings(WRONG);
    const found = [{ line, path: 'spec.serving.replicas', message, isAdvice: false }];
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toEqual([{ file, findings: found, checked: ['RecommenderModel books'], skipped: [], left: [] }]);
    expect(parse((await runHere('lint', file, '-o', 'yaml')).stdout)).toEqual(JSON.parse(stdout));
  });

  it('reads standard input, and still says in a sentence that there was nothing to check', () => {
    const run = spawnSync(process.execPath, [PLUGIN, 'lint', '-', '-o', 'json'], { encoding: 'utf8', input: 'kind: Secret' });
    expect(run).toMatchObject({ status: 1, stderr: 'Error: - contains no RecommenderModel or ModelVersion.\n' });
  });
});

describe('init', () => {
  it('writes what lint accepts, for every strategy, with every default in it', () => {
    const strategies = CRDS.find(({ kind }) => kind === 'RecommenderModel')?.schema.properties?.['spec']?.properties?.['delivery']?.properties?.['strategy']?.enum ?? [];
    expect(strategies).toContain('Canary');
    for (const strategy of strategies.map(String)) {
      const content = commentedModel('books', { strategy, namespace: 'shop' });
      const linted = lintText(content, CRDS);
      expect(linted.findings.filter(({ isAdvice }) => !isAdvice)).toEqual([]);
      expect(linted.left).toEqual([]);
      expect(parse(content)).toMatchObject({ metadata: { name: 'books', namespace: 'shop' }, spec: { delivery: { strategy }, analysis: { interval: '1m', minRequests: 100 } } });
      expect(content).toMatch(/# .*\n {4}digest: /);
    }
  });

  it('writes the settings that a strategy uses, and of a shadow the steps by which it goes on', () => {
    const settings = (strategy: string) => {
      const { spec } = parse(commentedModel('books', { strategy })) as { spec: { delivery: Fields } };
      return ['canary', 'blueGreen', 'shadow'].filter((key) => key in spec.delivery);
    };
    expect(['Canary', 'BlueGreen', 'Shadow'].map(settings)).toEqual([['canary'], ['blueGreen'], ['canary', 'shadow']]);
  });

  it('refuses names and strategies that nobody takes', () => {
    expect(() => commentedModel('Books', { strategy: 'Canary' })).toThrow('"Books" is not a valid model name');
    expect(() => commentedModel('books', { strategy: 'Hope' })).toThrow('Unknown strategy Hope: use one of Canary');
  });
});
