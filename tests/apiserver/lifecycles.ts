import type { RecommenderModel } from '../../operator/api/model.ts';

/** What users do with the versions of one model, one action after the other; lifecycle.ts carries them out. */

type Seen = NonNullable<RecommenderModel['status']>;

export interface Action {
  /** What the user waits for. */
  when: (status: Seen) => boolean;
  version: string;
  approval?: 'Manual';
  /** As Git applies them: what is not named again goes. */
  acts?: Record<string, string>;
}

export interface Lifecycle {
  actions: readonly Action[];
  /** Versions that fail their gates. */
  bad: readonly string[];
  /** Versions whose bundles are gone once they have been champion. */
  gone?: readonly string[];
}

const serves = (version: string) => ({ champion }: Seen) => champion?.version === version;
const isAmongUsers = (version: string) => ({ candidate }: Seen) => candidate?.version === version && (candidate.weight ?? 0) > 0;
const isRejected = (version: string) => ({ phase, message = '' }: Seen) => phase === 'Rejected' && message.startsWith(version);

/** One serves, one is approved, paused and promoted, one is rejected, and there is a way back. */
export const THREE_VERSIONS: Lifecycle = {
  actions: [
    { when: () => true, version: '1.0.0' },
    { when: serves('1.0.0'), version: '2.0.0', approval: 'Manual' },
    { when: ({ phase }) => phase === 'AwaitingApproval', version: '2.0.0', approval: 'Manual', acts: { approve: '2.0.0 a try it', pause: '2.0.0 early' } },
    { when: ({ phase, candidate }) => phase === 'AwaitingApproval' && (candidate?.weight ?? 0) > 0, version: '2.0.0', approval: 'Manual', acts: { approve: '2.0.0 a try it', pause: '2.0.0 b wait' } },
    { when: ({ message }) => message?.startsWith('2.0.0 was paused') === true, version: '2.0.0', approval: 'Manual', acts: { resume: '2.0.0 c go', approve: '2.0.0 d all' } },
    { when: serves('2.0.0'), version: '3.0.0' },
    { when: isRejected('3.0.0'), version: '3.0.0', acts: { rollback: '1.0.0 e sales fell' } },
  ],
  bad: ['3.0.0'],
};

/**
 * One is aborted, tried again and promoted at its first step; one is rejected, tried again and rejected again. Acts that are done
 * stay among the annotations for a while.
 */
export const SECOND_TRIES: Lifecycle = {
  actions: [
    { when: () => true, version: '1.0.0' },
    { when: serves('1.0.0'), version: '2.0.0' },
    { when: isAmongUsers('2.0.0'), version: '2.0.0', acts: { abort: '2.0.0 a complaints' } },
    { when: isRejected('2.0.0'), version: '2.0.0', acts: { abort: '2.0.0 a complaints', retry: '2.0.0 b it was not to blame' } },
    { when: isAmongUsers('2.0.0'), version: '2.0.0', acts: { abort: '2.0.0 a complaints', retry: '2.0.0 b it was not to blame', promote: '2.0.0 c urgent' } },
    { when: serves('2.0.0'), version: '3.0.0', acts: { promote: '2.0.0 c urgent' } },
    { when: isRejected('3.0.0'), version: '3.0.0', acts: { retry: '3.0.0 d the data was to blame' } },
  ],
  bad: ['3.0.0'],
};

/**
 * Two releases in a row, the newer one while the older one is among users, and back again. Then a rollback in the middle of a
 * rollout, another one while the bundle of the first is tried, and a third while the pods of the second are on their way.
 */
export const BACK_AND_FORTH: Lifecycle = {
  actions: [
    { when: () => true, version: '1.0.0' },
    { when: serves('1.0.0'), version: '2.0.0' },
    { when: serves('2.0.0'), version: '3.0.0' },
    { when: isAmongUsers('3.0.0'), version: '4.0.0' },
    { when: isAmongUsers('4.0.0'), version: '3.0.0' },
    { when: serves('3.0.0'), version: '4.0.0' },
    { when: isAmongUsers('4.0.0'), version: '4.0.0', acts: { rollback: '1.0.0 a sales fell' } },
    { when: ({ lastAct }) => lastAct?.outcome === 'Underway', version: '4.0.0', acts: { rollback: '2.0.0 b not that far' } },
    { when: ({ message = '' }) => message.includes('2.0.0 is taking over'), version: '4.0.0', acts: { rollback: '1.0.0 c that far after all' } },
  ],
  bad: [],
};

/** A rollback in the middle of a rollout, to a bundle that is gone: the candidate goes on until it serves, and there is another way back. */
export const GONE_BUNDLE: Lifecycle = {
  actions: [
    { when: () => true, version: '1.0.0' },
    { when: serves('1.0.0'), version: '2.0.0' },
    { when: serves('2.0.0'), version: '3.0.0' },
    { when: isAmongUsers('3.0.0'), version: '3.0.0', acts: { rollback: '1.0.0 a sales fell' } },
    { when: serves('3.0.0'), version: '3.0.0', acts: { rollback: '2.0.0 b not that far' } },
  ],
  bad: [],
  gone: ['1.0.0'],
};
