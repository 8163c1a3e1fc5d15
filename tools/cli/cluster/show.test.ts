import { describe, expect, it } from '@jest/globals';
import { paintFor, PLAIN } from '../terminal/paint.ts';
import { age, durationMs, moment } from '../terminal/times.ts';
import { decisionsOf, historyTable, describeNow, recordsOf, targetOf, versionNamed, describeDecisions } from './decisions.ts';
import { changeLine, modelTable } from './get.ts';
import type { Model, Version } from './seen.ts';
import { treeOf } from './tree.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** In the middle of a release; `status` and `metadata` change it. */
function model({ status = {}, generation = 3 }: { status?: NonNullable<Model['status']>; generation?: number } = {}): Model {
  return {
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name: 'books', namespace: 'shop', generation, creationTimestamp: '2026-02-01T12:00:00Z' },
    spec: { release: { version: '2.0.0', uri: 's3://models/books/2.0.0/', digest: digest('b') } } as Model['spec'],
    status: {
      observedGeneration: 3,
      phase: 'Canary',
      message: '2.0.0 at 10% of users, step 2 of 2: 62 of 100 requests needed.',
      champion: { version: '1.0.0', digest: digest('a'), uri: 's3://models/books/1.0.0/', since: '2026-02-26T08:00:00Z' },
      candidate: { version: '2.0.0', digest: digest('b'), since: '2026-03-01T11:50:00Z', weight: 10, desiredWeight: 50, step: 2, steps: 2, users: 1_204 },
      conditions: [{ type: 'Ready', status: 'True', reason: 'Serving', message: 'Champion 1.0.0 serves.', lastTransitionTime: '2026-02-26T08:00:00Z' }],
      verdicts: [
        { metric: 'error-rate', estimate: '0.012', threshold: '0.05', verdict: 'Pass', at: '2026-03-01T11:59:48Z', lower: '0.002', upper: '0.03', samples: 62 },
        { metric: 'requests', estimate: '62', threshold: '100', verdict: 'Wait', reason: 'not enough data yet', at: '2026-03-01T11:59:48Z' },
      ],
      ...status,
    },
  };
}

const version = (name: string, decisions: NonNullable<Version['status']>['decisions'] = []): Version => ({
  apiVersion: 'recommender.dev/v1alpha1',
  kind: 'ModelVersion',
  metadata: { name: `books-${name}`, namespace: 'shop' },
  spec: { model: 'books', version: name, uri: `s3://models/books/${name}/`, digest: digest('c') },
  status: { decisions },
});

function registered(name: string, creationTimestamp: string, stage?: string): Version {
  const { metadata, ...rest } = version(name);
  return { ...rest, metadata: { ...metadata, creationTimestamp }, status: stage === undefined ? {} : { stage } };
}

describe('a model as a tree', () => {
  it('shows what serves, what is on its way, how far it is, and each verdict with its numbers', () => {
    expect(treeOf(model(), NOW, PLAIN).split('\n')).toEqual([
      'shop/books  Canary',
      '│ 2.0.0 at 10% of users, step 2 of 2: 62 of 100 requests needed.',
      '├─ champion   1.0.0  aaaaaaaaaa  for 3d4h',
      '├─ candidate  2.0.0  bbbbbbbbbb  for 10m',
      '│  ├─ step 2 of 2, desired 50%, actual 10% of users',
      '│  └─ 1,204 users seen in five minutes',
      '├─ verdicts',
      '│  ├─ error-rate  Pass  0.012 [0.002, 0.03]  limit 0.05  62 samples  12s ago',
      '│  └─ requests    Wait  62                   limit 100               12s ago  not enough data yet',
      '└─ conditions',
      '   └─ Ready  True  Serving  3d4h  Champion 1.0.0 serves.',
    ]);
  });

  it.each([
    ['the end of a hold', { holdsUntil: '2026-03-01T12:04:12Z' }, 'holding: the gate is checked in 4m12s'],
    ['a verdict', { verdictExpectedAt: '2026-03-01T12:14:00Z' }, 'measuring: a verdict is expected in about 14m'],
    ['what is due', { verdictExpectedAt: '2026-03-01T11:59:58Z' }, 'measuring: a verdict is expected any moment now'],
  ])('counts down to %s', (_, more, line) => {
    const candidate = { version: '2.0.0', digest: digest('b'), since: '2026-03-01T11:50:00Z', weight: 10, step: 2, ...more };
    expect(treeOf(model({ status: { candidate } }), NOW, PLAIN)).toContain(`│  └─ ${line}\n`);
  });

  it('shows the share that is known by the pods, and no more than an older operator tells', () => {
    const candidate = { version: '2.0.0', digest: digest('b'), since: '2026-03-01T11:50:00Z', weight: 10, step: 2 };
    expect(treeOf(model({ status: { candidate: { ...candidate, appliedWeight: 33 } } }), NOW, PLAIN)).toContain('│  └─ step 2, actual 33% of users\n');
  });

  it('shows the group it goes through its steps with, and how far each of the others is', () => {
    const grouped = { ...model(), spec: { ...model().spec, group: 'home' } };
    const candidate = { version: '3.0.0', digest: digest('c'), since: '2026-03-01T11:50:00Z', weight: 10, step: 1, steps: 2 };
    const ranker = { ...model({ status: { candidate } }), metadata: { name: 'ranker', namespace: 'shop' } };
    expect(treeOf(grouped, NOW, PLAIN, { peers: [ranker] })).toContain('├─ group      home\n│  └─ ranker  3.0.0 at step 1 of 2  Canary\n');
  });

  it('ends with the versions on record, each with its stage and age', () => {
    const versions = [registered('2.0.0', '2026-03-01T11:50:00Z', 'Challenger'), registered('1.0.0', '2026-02-26T08:00:00Z', 'Champion'), registered('0.9.0', '2026-02-01T12:00:00Z')];
    expect(treeOf(model(), NOW, PLAIN, { versions }).split('\n').slice(-4)).toEqual([
      '└─ versions',
      '   ├─ 2.0.0  Challenger  10m',
      '   ├─ 1.0.0  Champion    3d4h',
      '   └─ 0.9.0  -           28d',
    ]);
    expect(treeOf(model(), NOW, paintFor({ isTTY: true }, {}), { versions })).toContain('1.0.0  \u001b[32mChampion\u001b[39m    3d4h');
  });

  it('shows a desired version that is neither champion nor candidate', () => {
    const { candidate: _, ...rest } = model().status ?? {};
    const text = treeOf({ ...model(), status: { ...rest, phase: 'Rejected' } }, NOW, PLAIN);
    expect(text).toContain('├─ desired    2.0.0  bbbbbbbbbb\n');
    expect(text).not.toContain('candidate');
  });

  it('shows the whole of what a condition says: a terminal that is too narrow for it is known only to -w', () => {
    const message = `2.0.0 waits: ${'the figures of its bundle are told one by one, '.repeat(8)}and so on.`;
    const conditions = [{ type: 'Stalled', status: 'True' as const, reason: 'NotMeasured', message, lastTransitionTime: '2026-03-01T11:59:00Z' }];
    expect(treeOf(model({ status: { conditions } }), NOW, PLAIN)).toContain(`└─ Stalled  True  NotMeasured  1m  ${message}`);
  });

  it('says when the operator has said nothing yet, or not of the last change', () => {
    const { status: _, ...silent } = model();
    expect(treeOf(silent as Model, NOW, PLAIN)).toContain('│ The operator has not reconciled this model yet.');
    expect(treeOf(model({ generation: 4 }), NOW, PLAIN)).toContain('requests needed. (The operator has not reconciled the latest change yet.)');
  });

  it('shows the result of the last manual action', () => {
    const lastAct = { act: 'promote', text: '', by: 'kubectl-recommender/ann', outcome: 'Refused', message: 'A guardrail has failed.', at: '2026-03-01T11:59:00Z' };
    expect(treeOf(model({ status: { lastAct } }), NOW, PLAIN)).toContain('├─ action     promote  Refused  by kubectl-recommender/ann  1m ago\n│  └─ A guardrail has failed.\n');
  });

  it('takes a phase of a newer operator as it comes', () => {
    expect(treeOf(model({ status: { phase: 'Musing' } }), NOW, PLAIN)).toContain('shop/books  Musing\n');
  });

  it('colours words and keeps the columns', () => {
    const paint = paintFor({ isTTY: true }, {});
    const painted = treeOf(model(), NOW, paint);
    expect(painted).toContain('\u001b[32mPass\u001b[39m');
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    expect(painted.replace(escapes, '')).toBe(treeOf(model(), NOW, PLAIN));
  });

  it.each([
    ['a pipe', {}, {}],
    ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }],
  ])('leaves colours off for %s', (_, stream, env) => {
    expect(paintFor(stream, env)('red', 'x')).toBe('x');
  });
});

describe('models as lines', () => {
  it('lists them as a table', () => {
    expect(modelTable([model()], NOW).split('\n')).toEqual([
      'NAME   DESIRED  CHAMPION  CANDIDATE  WEIGHT  PHASE   AGE  MESSAGE',
      'books  2.0.0    1.0.0     2.0.0      10%     Canary  28d  2.0.0 at 10% of users, step 2 of 2: 62 of 100 requests needed.',
    ]);
  });

  it('has one line for each change', () => {
    expect(changeLine(model())).toBe('books Canary champion=1.0.0 candidate=2.0.0 weight=10%: 2.0.0 at 10% of users, step 2 of 2: 62 of 100 requests needed.');
  });
});

describe('decisions', () => {
  const rejected = {
    at: '2026-03-01T11:00:00Z',
    from: 'Challenger',
    to: 'Rejected',
    by: 'recommender-operator',
    rule: 'GuardrailViolated',
    reason: '2.0.0 was rejected at 10% of users: 21% of its requests failed (62 requests in 5m), above the limit of 5%. Its users went back to 1.0.0.',
    evidence: [{ metric: 'error-rate', estimate: '0.21', threshold: '0.05', samples: 62, window: '5m', verdict: 'Fail', at: '2026-03-01T10:59:58Z' }],
  };
  const promoted = { at: '2026-02-26T08:00:00Z', from: 'Challenger', to: 'Champion', by: 'kubectl-recommender/ann', reason: '1.0.0 is the champion.' };
  const versions = [version('1.0.0', [promoted]), version('2.0.0', [rejected])];

  it('are told newest first, each with who, why and the numbers', () => {
    expect(describeDecisions(decisionsOf(versions), NOW, PLAIN).split('\n')).toEqual([
      '2026-03-01 11:00:00 UTC (1h ago)  2.0.0  Challenger → Rejected  GuardrailViolated  by recommender-operator',
      `  ${rejected.reason}`,
      '    error-rate  Fail  0.21  limit 0.05  62 samples in 5m  1h ago',
      '',
      '2026-02-26 08:00:00 UTC (3d4h ago)  1.0.0  Challenger → Champion  by kubectl-recommender/ann',
      '  1.0.0 is the champion.',
    ]);
  });

  it('may be none', () => {
    expect(describeDecisions([], NOW, PLAIN)).toBe('No decisions yet.');
    expect(historyTable([])).toBe('No decisions yet.');
  });

  it('make up the history, a line each', () => {
    expect(historyTable([{ version: '2.0.0', ...rejected }])).toBe([
      'AT                       VERSION  STAGE                  RULE               BY                    REASON',
      '2026-03-01 11:00:00 UTC  2.0.0    Challenger → Rejected  GuardrailViolated  recommender-operator  2.0.0 was rejected at 10% of users: 21% of its requests failed (62 requests in 5m), above the limit of 5%. Its users went back to 1.0.0.',
    ].join('\n'));
  });

  it('stand below what is so now, and outlive the model', () => {
    expect(describeNow(model(), PLAIN)).toBe('Now  Canary\n  2.0.0 at 10% of users, step 2 of 2: 62 of 100 requests needed.');
    expect(describeNow(undefined, PLAIN)).toBe('Now  Deleted\n  The model no longer exists; the decisions about its versions are kept.');
  });

  it('are read from the versions; a name is mistaken only where there is no model either', async () => {
    const api = (kept: Version[]) => ({ versions: () => Promise.resolve(kept), model: () => Promise.reject(new Error('RecommenderModel "books" not found.')) });
    expect(await recordsOf(api(versions), 'books')).toBe(versions);
    await expect(recordsOf(api([]), 'books')).rejects.toThrow('RecommenderModel "books" not found.');
  });

  it('are asked for by NAME or NAME@VERSION', () => {
    expect(targetOf('books')).toEqual({ name: 'books' });
    expect(targetOf('books@2.0.0')).toEqual({ name: 'books', version: '2.0.0' });
    expect(() => targetOf('@2')).toThrow('"@2" is not a model or version: use NAME or NAME@VERSION.');
  });

  it('of an unknown version are refused with the versions there are', () => {
    expect(versionNamed(versions, 'books', '2.0.0').spec.version).toBe('2.0.0');
    expect(() => versionNamed(versions, 'books', '3.0.0')).toThrow('books has no version 3.0.0; registered versions: 1.0.0, 2.0.0.');
  });
});

describe('times', () => {
  it.each([[0, '0s'], [59, '59s'], [60, '1m'], [3_661, '1h1m'], [3_605, '1h'], [266_400, '3d2h']])('%d s are %s', (seconds, text) => {
    expect(age(new Date(NOW - seconds * 1000).toISOString(), NOW)).toBe(text);
  });

  it('are read from durations, and shown in UTC', () => {
    expect([durationMs('1h30m'), durationMs('500ms'), durationMs('10'), durationMs('')]).toEqual([5_400_000, 500, undefined, undefined]);
    expect([moment('2026-03-01T11:00:00+01:00'), moment('?'), age(undefined, NOW)]).toEqual(['2026-03-01 10:00:00 UTC', '?', '']);
  });
});
