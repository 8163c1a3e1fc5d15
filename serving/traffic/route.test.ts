import { describe, expect, it } from '@jest/globals';
import { isCandidateUser } from './assign.ts';
import { isReplaced, NO_TRAFFIC, route } from './route.ts';

const champion = { digest: 'sha256:one', podTemplateHash: 'aaa' };
const candidate = { digest: 'sha256:two', podTemplateHash: 'bbb' };
const canary = { weight: 50, shadowPercent: 0, candidateVersion: '2.0.0', candidateDigest: 'sha256:two', championHash: 'aaa' };
const promoted = { ...canary, weight: 0, championHash: 'bbb' };
const users = Array.from({ length: 100 }, (_, index) => `u${index}`);

describe('who answers', () => {
  it('without a candidate: this pod', () => {
    expect(route(NO_TRAFFIC, champion, 'u1', false)).toBe('local');
  });

  it('during a canary: the candidate for its share of users, this pod for the others', () => {
    for (const user of users) {
      const expected = isCandidateUser('sha256:two', user, 50) ? 'candidate' : 'local';
      expect(route(canary, champion, user, false)).toBe(expected);
    }
  });

  it('a forwarded request: this pod, whatever the state', () => {
    for (const state of [canary, promoted, { ...canary, weight: 100 }]) {
      expect(route(state, champion, 'u1', true)).toBe('local');
    }
  });

  it('in a candidate pod: itself, before and after its promotion', () => {
    for (const state of [canary, promoted]) expect(route(state, candidate, 'u1', false)).toBe('local');
  });

  it('in a pod that has been replaced: the new champion, for every user', () => {
    for (const user of users) expect(route(promoted, champion, user, false)).toBe('champion');
    expect(isReplaced(promoted, champion)).toBe(true);
  });

  it('in a pod of an abandoned candidate: the champion', () => {
    const next = { ...canary, candidateDigest: 'sha256:three', candidateVersion: '3.0.0' };
    expect(route(next, candidate, 'u1', false)).toBe('champion');
  });

  it('in a pod replaced by another of the same version: itself', () => {
    const restarted = { ...canary, weight: 0, candidateDigest: 'sha256:one', championHash: 'ccc' };
    expect(route(restarted, champion, 'u1', false)).toBe('local');
  });

  it('in a pod that finds a stale champion Service and no carrier, as after a Rollout was deleted: itself', () => {
    expect(route({ ...NO_TRAFFIC, championHash: 'old' }, champion, 'u1', false)).toBe('local');
  });

  it('while the champion Service is not known: as if this pod were the champion', () => {
    expect(route({ ...canary, weight: 0, championHash: undefined }, champion, 'u1', false)).toBe('local');
  });
});
