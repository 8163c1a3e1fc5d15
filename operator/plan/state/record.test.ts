import { describe, expect, it } from '@jest/globals';
import type { DecisionRecord, Notification, RuleName } from '../../api/model.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { champion, DECISIONS, measured, NUMBERS, passed } from '../../testing/decisions.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { plan } from '../plan.ts';
import type { NoticeEvent } from '../report/events.ts';

/** Where else the sentence stands: in the model's status, at once and while nothing newer is to be told, and in a notice. */
type Place = 'status' | 'status later' | NoticeEvent;
const PLACES: Record<RuleName, readonly Place[]> = {
  Registered: [],
  ValidationStarted: ['Started'],
  ValidationPassed: ['status'],
  ValidationFailed: ['status', 'status later', 'Rejected'],
  FirstVersion: ['status', 'Promoted'],
  RecordRestored: [],
  ShadowEnded: [],
  GatesPassed: ['status', 'Promoted'],
  ChampionServedNobody: ['status', 'status later'],
  PromotedInArgoRollouts: ['status', 'Promoted'],
  Succeeded: [],
  GuardrailViolated: ['status', 'status later', 'Rejected'],
  PodsNotReady: ['status', 'status later', 'Rejected'],
  AbortedInArgoRollouts: ['status', 'status later', 'Rejected'],
  GivenUpByArgoRollouts: ['status', 'status later', 'Rejected'],
  WishMovedOn: ['Abandoned'],
  WatchKept: [],
  WatchViolated: ['status', 'status later', 'RolledBack'],
  StartedTogether: [],
  GroupFailed: ['status', 'Abandoned'],
  NothingToReturnTo: ['status later', 'Failing'],
  NoWayBack: ['status', 'status later', 'Failing'],
  ApprovedByHand: ['status'],
  PausedByHand: ['status', 'status later', 'Paused'],
  ResumedByHand: ['status', 'Resumed'],
  PromotedByHand: ['status', 'status later'],
  AbortedByHand: ['status', 'status later', 'Rejected'],
  RetriedByHand: ['status'],
  RolledBackByHand: ['status', 'status later', 'RolledBack'],
};

const KEPT = [
  'average-latency 0.02, limit 1, of 62 requests in 5m: Pass',
  'p99-latency 0.2, limit 2, of 62 requests in 5m: Pass',
  'inference-errors 0, limit 10, in 5m: Pass',
  'throttled-rate 0, limit 0.1, of 62 requests in 5m: Pass',
];
const ANSWERED = 'requests 312.4, limit 100, in 24h: Pass';
const FEW_FAILED = ['error-rate 0.01, limit 0.05, of 62 requests in 5m: Pass', ...KEPT];
const MANY_FAILED = ['error-rate 0.2134, limit 0.05, of 62 requests in 5m: Fail', ...KEPT];

/** What the decision rests on as its record has it, where it rests on measurements. A champion under watch is measured by itself. */
const EVIDENCE: Partial<Record<RuleName, readonly string[]>> = {
  ValidationPassed: ['ndcg@10 0.41, limit 0.4: Pass'],
  ShadowEnded: [
    'inference-errors 0, limit 10, in 5m: Pass',
    'shadow-requests 2040.3, limit 100: Pass',
    'shadow-error-rate 0.001, limit 0.05, of 2042 requests: Pass',
    'shadow-average-latency 0.02, limit 1, of 2042 requests: Pass',
    'shadow-p99-latency 0.2, limit 2, of 312 requests in 5m: Pass',
    'shadow-overlap 0.83, of 2040 requests: Pass',
    'shadow-rank-biased-overlap 0.9, of 2040 requests: Pass',
    'shadow-coverage 1, of 2040 requests: Pass',
    'shadow-score-drift 0.04, of 2040 requests: Pass',
  ],
  GatesPassed: [...FEW_FAILED, ANSWERED],
  PromotedInArgoRollouts: [...FEW_FAILED, ANSWERED],
  GuardrailViolated: [...MANY_FAILED, ANSWERED],
  GivenUpByArgoRollouts: [...FEW_FAILED, ANSWERED],
  WatchKept: FEW_FAILED,
  WatchViolated: MANY_FAILED,
  GroupFailed: [...FEW_FAILED, ANSWERED],
  NothingToReturnTo: MANY_FAILED,
  NoWayBack: MANY_FAILED,
  PromotedByHand: [...MANY_FAILED, ANSWERED],
  AbortedByHand: [...FEW_FAILED, ANSWERED],
};

function inShort({ metric, estimate, threshold, samples, window, verdict }: NonNullable<DecisionRecord['evidence']>[number]): string {
  const limit = threshold === undefined ? '' : `, limit ${threshold}`;
  const restsOn = samples === undefined ? '' : `, of ${String(samples)} requests`;
  const time = window === undefined ? '' : `${restsOn === '' ? ',' : ''} in ${window}`;
  return `${metric} ${String(estimate)}${limit}${restsOn}${time}: ${verdict}`;
}

describe.each(Object.entries(DECISIONS))('the decision %s', (rule, [given, sentence]) => {
  const notifications: Notification[] = [{ webhook: { url: 'https://hooks.example/' }, format: 'Json' }];
  const situation = { ...given, model: { ...given.model, spec: { ...given.model.spec, notifications } } };
  const result = plan(situation, CONFIG, NOW);
  const records = result.versions.map(({ spec, status }) => ({ version: spec.version, ...status?.decisions?.[0] }));

  it('says the same in the record, the Event and the history', () => {
    expectInvariants(situation, result);
    expect(records).toContainEqual(expect.objectContaining({ rule, reason: sentence, at: '2026-03-01T12:00:00Z' }));
    for (const { version, from, to, at, by, rule, reason } of records) {
      expect(result.announcements).toContainEqual(expect.objectContaining({ reason: rule, message: reason }));
      expect(result.status.history).toContainEqual({ version, from, to, at, by, rule, reason });
    }
  });

  it('says the same in the status and in a notice, where it is told there', () => {
    const versions = situation.versions.map((each) => result.versions.find(({ metadata }) => metadata.name === each.metadata.name) ?? each);
    const later = plan({ ...situation, model: { ...situation.model, status: result.status }, versions }, CONFIG, NOW + 1000);
    const { pending = [] } = result.status.notifications ?? {};
    const saysIt = (text: string | undefined): boolean => text?.includes(sentence) === true;
    const places = [
      ...(saysIt(result.status.message) ? ['status'] : []),
      ...(saysIt(later.status.message) ? ['status later'] : []),
      ...pending.filter(({ text }) => saysIt(text)).map(({ event }) => event),
    ];
    expect(places).toEqual(PLACES[rule as RuleName]);
    for (const { text, version, rule } of pending) expect(records).toContainEqual(expect.objectContaining({ version, rule, reason: text }));
  });

  it('has the evidence it rests on in its record', () => {
    const evidence = records.flatMap((each) => (each.rule === rule ? (each.evidence ?? []) : []));
    expect(evidence.map(inShort)).toEqual(EVIDENCE[rule as RuleName] ?? []);
  });
});

describe('a rejection by validation', () => {
  it('has the number in its record, where one was held against a limit', () => {
    const [situation] = DECISIONS.ValidationPassed;
    const { pods } = validation('2.0.0', { result: 'Passed', reason: 'Valid', message: 'fine', metrics: { 'ndcg@10': 0.35 } });
    const [record] = plan({ ...situation, pods }, CONFIG, NOW).versions[0]?.status?.decisions ?? [];
    expect(record).toMatchObject({ rule: 'ValidationFailed', reason: expect.stringContaining('Its ndcg@10 is 0.35; analysis.acceptance requires at least 0.4.') });
    expect(record?.evidence?.map(inShort)).toEqual(['ndcg@10 0.35, limit 0.4: Fail']);
  });
});

describe('a promotion by hand', () => {
  it('says where nothing was measured yet', () => {
    const [situation] = DECISIONS.PromotedByHand;
    const [record] = plan({ ...situation, runs: [] }, CONFIG, NOW).versions[0]?.status?.decisions ?? [];
    expect(record?.reason).toContain('by annotation (urgent), although no guardrail has been measured yet. The remaining');
    expect(record).not.toHaveProperty('evidence');
  });

  it('has in the record of its end what was measured until then', () => {
    const promoted = version('2.0.0', 'Challenger', { decisions: [{ ...passed, at: '2026-03-01T11:00:00Z', from: 'Challenger', rule: 'PromotedByHand', act: 'promote 2.0.0 a' }, passed] });
    const { versions } = plan(observed(model('2.0.0'), { versions: [champion, promoted], rollout: rollout('2.0.0'), runs: [measured(NUMBERS)] }), CONFIG, NOW);
    const [record] = versions.find(({ spec }) => spec.version === '2.0.0')?.status?.decisions ?? [];
    expect(record).toMatchObject({ to: 'Champion', rule: 'PromotedByHand' });
    expect(record?.evidence?.map(inShort)).toEqual([...FEW_FAILED, ANSWERED]);
  });
});
