import type { DecisionRecord } from '../../../operator/api/model.ts';
import type { Entry } from '../entry.ts';
import { replay } from '../replay.ts';

/** Requests as the API server logs them, and decisions as the operator records them: a test names only what it is about. */

export const OPERATOR = 'system:serviceaccount:recommender-system:recommender-operator';
export const ARGO = 'system:serviceaccount:argo-rollouts:argo-rollouts';
export const digestOf = (version: string) => `sha256:${version}`;

/** A log whose requests are answered one second after the other. */
export function log(...writes: (Partial<Entry> & { pod?: string })[]): Entry[] {
  return writes.map(({ pod = 'a', ...write }, second): Entry => ({
    verb: 'patch',
    user: { username: OPERATOR, extra: { 'authentication.kubernetes.io/pod-name': [pod] } },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: time(second),
    stageTimestamp: time(second),
    ...write,
  }));
}
export const time = (second: number) => `2026-03-01T10:00:${String(second).padStart(2, '0')}Z`;

export const ref = (resource: string, name: string, subresource?: string) => ({ resource, namespace: 'shop', name, ...(subresource === undefined ? {} : { subresource }) });
export const lease = (pod: string) => ({ verb: 'update', pod, objectRef: ref('leases', 'recommender-operator'), requestObject: { spec: pod === '' ? {} : { holderIdentity: pod } } });
export const registered = (version: string) => ({ objectRef: ref('modelversions', `books-${version}`), requestObject: { spec: { model: 'books', version, digest: digestOf(version) } } });
export const weight = (share: number, version: string) => ({
  user: { username: ARGO },
  objectRef: ref('ingresses', 'books-books-canary'),
  requestObject: { metadata: { annotations: { 'recommender.dev/canary-weight': String(share), 'recommender.dev/candidate-digest': digestOf(version) } } },
});
/** Neither says whose share it is. */
export const forNginx = (share: number, username = ARGO) => ({
  user: { username },
  objectRef: ref('ingresses', 'books-books-canary'),
  requestObject: { metadata: { annotations: { 'nginx.ingress.kubernetes.io/canary-weight': String(share) } } },
});
export const inMesh = (share: number, username = ARGO) => ({
  user: { username },
  objectRef: ref('virtualservices', 'books'),
  requestObject: { spec: { http: [{ name: 'recommend', route: [{ destination: { host: 'books' }, weight: 100 - share }, { destination: { host: 'books-candidate' }, weight: share }] }] } },
});
export const rollout = (version: string, steps: unknown[] = []) => ({
  objectRef: ref('rollouts', 'books'),
  requestObject: { spec: { template: { metadata: { annotations: { 'recommender.dev/digest': digestOf(version) } } }, strategy: { canary: { steps } } } },
});
export const STEPS = [{ setWeight: 10 }];

export const decision = (from: DecisionRecord['from'], to: DecisionRecord['to'], more: Partial<DecisionRecord> = {}): DecisionRecord => ({ at: time(0), from, to, by: 'operator', reason: `${to}.`, ...more });
export const PASS = { rule: 'GatesPassed', evidence: [{ metric: 'requests', verdict: 'Pass' }] } as const satisfies Partial<DecisionRecord>;
/** @param decisions oldest first */
export const recorded = (version: string, ...decisions: DecisionRecord[]) => ({
  objectRef: ref('modelversions', `books-${version}`, 'status'),
  requestObject: [{ op: 'add', path: '/status', value: { stage: decisions.at(-1)?.to, decisions: decisions.toReversed() } }],
});
export const VALIDATED = [decision('None', 'Validating'), decision('Validating', 'Challenger')];
export const FIRST = [registered('1.0.0'), recorded('1.0.0', ...VALIDATED, decision('Challenger', 'Champion'))];
export const SECOND = [registered('2.0.0'), recorded('2.0.0', ...VALIDATED)];
export const violations = (...writes: Parameters<typeof log>) => replay(log(...writes)).violations;
