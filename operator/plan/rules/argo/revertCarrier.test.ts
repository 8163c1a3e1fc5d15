import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/names.ts';
import type { KubernetesObject } from '../../../api/objects.ts';
import { CONFIG, model, NOW, observed, rollout, version } from '../../../testing/builders.ts';
import { plan } from '../../plan.ts';
import type { Observed } from '../../state/observed.ts';

const versions = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];
const weights = (weight: number) => ({ canary: { weights: { canary: { weight } } } });
const atTen = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, ...weights(10) });

/** @param ago milliseconds */
const at = (ago: number): string => new Date(NOW - ago).toISOString();

/** The carrier as Argo Rollouts left it, but for what somebody wrote. */
function carrier(written: Record<string, string>, by = 'kubectl-patch'): KubernetesObject {
  const byArgo = { 'recommender.dev/canary': 'true', 'recommender.dev/canary-weight': '10' };
  const fields = (annotations: object) => ({ 'f:metadata': { 'f:annotations': Object.fromEntries(Object.keys(annotations).map((key) => [`f:${key}`, {}])) } });
  const { 'recommender.dev/canary': flag, ...others } = byArgo;
  const left = Object.fromEntries(Object.entries(others).filter(([key]) => !(key in written)));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'books-books-canary',
      namespace: 'shop',
      annotations: { ...byArgo, ...written },
      managedFields: [{ manager: 'rollouts-controller', time: at(60_000), fieldsV1: fields({ 'recommender.dev/canary': flag, ...left }) }, { manager: by, time: at(0), fieldsV1: fields(written) }],
    },
  };
}

const planned = (more: Partial<Observed>, now = NOW) => plan(observed(model('2.0.0'), { versions, rollout: atTen, ...more }), CONFIG, now);
const notes = (more: Partial<Observed>, now?: number) => planned(more, now).patches.map(({ body }) => JSON.stringify(body));

describe('a share of users written by hand', () => {
  const everyone = carrier({ 'recommender.dev/canary-weight': '100' });

  it('is put back by Argo Rollouts, which is made to look again; who wrote it is told', () => {
    const { patches, status, announcements, requeueAfterMs } = planned({ carrier: everyone });
    expect(patches).toEqual([{ body: { metadata: { annotations: { [ANNOTATIONS.lookAgain]: '2026-03-01T12:00:00.000Z' } } } }]);
    const told = 'kubectl-patch set recommender.dev/canary-weight="100" on Ingress books-books-canary; Argo Rollouts was asked to restore "10".';
    expect(status.message).toContain(told);
    expect(announcements).toEqual([{ type: 'Warning', reason: 'EditedByHand', message: told }]);
    expect(requeueAfterMs).toBe(2_000);
  });

  it('is asked about again after two seconds and not before, also by a clock that was set back', () => {
    const asked = (ago: number) => ({ carrier: everyone, rollout: { ...atTen, metadata: { ...atTen.metadata, annotations: { [ANNOTATIONS.lookAgain]: new Date(NOW - ago).toISOString() } } } });
    expect([500, 2_500, -600_000].map((ago) => notes(asked(ago)).length)).toEqual([0, 1, 1]);
    expect(planned(asked(500)).requeueAfterMs).toBe(1_500);
  });

  it('is asked about less and less often while Argo Rollouts does not answer', () => {
    const [theirs = {}, ours] = everyone.metadata.managedFields ?? [];
    const since = (ago: number) => ({ ...everyone, metadata: { ...everyone.metadata, managedFields: [theirs, { ...ours, time: at(ago) }] } });
    // The clock of the operator is ten minutes ahead of that of the API server, which dates all of this.
    const AHEAD = 600_000;
    const asked = (ago: number) => {
      const managedFields = [{ manager: 'recommender-operator', time: at(ago), fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${ANNOTATIONS.lookAgain}`]: {} } } } }];
      return { ...atTen, metadata: { ...atTen.metadata, managedFields, annotations: { [ANNOTATIONS.lookAgain]: at(ago - AHEAD) } } };
    };
    const due = (written: number, last: number) => notes({ carrier: since(written), rollout: asked(last) }, NOW + AHEAD).length === 1;
    expect([due(90_000, 29_000), due(90_000, 45_000), due(7_200_000, 299_000), due(7_200_000, 300_000)]).toEqual([false, true, false, true]);
  });

  it('is asked about every half minute where it was taken away, since nobody notes when', () => {
    const { 'recommender.dev/canary-weight': _weight, ...rest } = everyone.metadata.annotations ?? {};
    const [theirs = {}] = everyone.metadata.managedFields ?? [];
    const without = { ...everyone, metadata: { ...everyone.metadata, annotations: rest, managedFields: [theirs] } };
    const asked = (ago: number) => ({ ...atTen, metadata: { ...atTen.metadata, annotations: { [ANNOTATIONS.lookAgain]: at(ago) } } });
    expect([29_000, 30_000].map((ago) => notes({ carrier: without, rollout: asked(ago) }).length)).toEqual([0, 1]);
    expect(planned({ carrier: without }).status.message).toContain('Someone removed recommender.dev/canary-weight from Ingress');
  });

  it('is told from one that Argo Rollouts has just written', () => {
    expect(notes({ carrier: carrier({ 'recommender.dev/canary-weight': '50' }, 'rollouts-controller') })).toEqual([]);
    expect(notes({ carrier: carrier({}) })).toEqual([]);
  });

  it('may be the one of a champion that serves alone', () => {
    const alone = { ...rollout('1.0.0', weights(0)) };
    const { patches } = plan(observed(model('1.0.0'), { versions: [version('1.0.0', 'Champion')], rollout: alone, carrier: everyone }), CONFIG, NOW);
    expect(patches).toHaveLength(1);
  });

  it('may be a digest that would deal the users anew', () => {
    const live = { ...atTen, spec: { ...atTen.spec, strategy: { canary: { trafficRouting: { nginx: { additionalIngressAnnotations: { 'candidate-digest': 'sha256:2' } } } } } } };
    expect(planned({ rollout: live, carrier: carrier({ 'recommender.dev/candidate-digest': 'sha256:9' }) }).status.message).toContain('asked to restore "sha256:2".');
  });
});
