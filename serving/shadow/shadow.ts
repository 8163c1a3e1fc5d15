import { isCandidateUser } from '../traffic/assign.ts';
import { leadsTo } from '../traffic/confirm.ts';
import { isReplaced, type Self, type TrafficState } from '../traffic/route.ts';
import type { Shadow, ShadowSettings } from '../traffic/shadow.ts';
import { countResults, showShadowMetrics } from './measure.ts';
import type { Duplicate } from './messages.ts';
import { type Bounds, createQueue, type Queue } from './queue.ts';
import { type ShadowThread, startShadowThread, type StartShadowThread } from './thread.ts';

/** The shadow's whole memory of requests: of the usual 1 KiB each all of them, of the largest 128 KiB some thirty. */
export const BOUNDS: Bounds = { requests: 512, bytes: 4 * 1024 * 1024 };
/** A candidate's pods take long to start, and its Service leads nowhere until then. */
const LOOK_EVERY_MS = 500;
const SEND_AFTER_MS = 100;

interface Shadowed {
  version: string;
  digest: string;
  /** Share of users, percent. */
  percent: number;
}

/** What is under way for one candidate. */
interface Underway {
  version: string;
  queue: Queue;
  thread: ShadowThread;
}

export function createShadow(
  { origin, timeoutMs, self, metrics }: ShadowSettings,
  startThread: StartShadowThread = startShadowThread,
): Shadow {
  let shadowed: Shadowed | undefined;
  let underway: Underway | undefined;
  let looking = new AbortController();

  const tellUnderway = (version: string, count: number): void => metrics.set('shadowUnderway', count, { version });

  function start({ digest, version }: Shadowed): void {
    const lost = (): void => {
      const dropped = Array.from({ length: queue.length() }, () => ({ outcome: 'dropped' }) as const);
      countResults(dropped, version, metrics);
      tellUnderway(version, 0);
      underway = undefined;
      if (shadowed?.digest === digest) void startWhenThere(shadowed);
    };
    const thread = startThread({ origin, digest, timeoutMs }, {
      onNews({ results, bytes }) {
        queue.ended(results.length, bytes);
        countResults(results, version, metrics);
      },
      onLost: lost,
    });
    const queue = createQueue(BOUNDS, thread.post, (act) => void setTimeout(act, SEND_AFTER_MS).unref());
    underway = { version, queue, thread };
  }

  async function startWhenThere(wanted: Shadowed): Promise<void> {
    looking = new AbortController();
    const { signal } = looking;
    while (!signal.aborted && !(await leadsTo(origin, wanted.digest, signal, LOOK_EVERY_MS)));
    if (!signal.aborted) start(wanted);
  }

  function end(): void {
    looking.abort();
    if (underway === undefined) return;
    underway.thread.end();
    tellUnderway(underway.version, 0);
    underway = undefined;
  }

  return {
    follow(state) {
      const next = shadowedBy(state, self);
      const isOther = next?.digest !== shadowed?.digest;
      shadowed = next;
      if (!isOther) return;
      end();
      if (next === undefined) return;
      showShadowMetrics(next.version, metrics);
      void startWhenThere(next);
    },
    wants(unit) {
      if (underway === undefined || shadowed === undefined) return false;
      const { percent, digest } = shadowed;
      // Another salt than that of the candidate's users: the first of them are not those whose requests it knows best.
      return percent === 100 || isCandidateUser(`shadow of ${digest}`, unit, percent);
    },
    offer({ body, answer, requestId, credentials }) {
      if (underway === undefined) return;
      const { queue, version } = underway;
      const copy = (): Duplicate => ({ body: body.toString('latin1'), answer: answer.toString('latin1'), requestId, credentials });
      if (!queue.offer(body.length + answer.length, copy)) countResults([{ outcome: 'dropped' }], version, metrics);
    },
    readGauge() {
      if (underway !== undefined) tellUnderway(underway.version, underway.queue.length());
    },
    close: end,
  };
}

/** A candidate is shadowed only while it has no users: from the first weight on it is measured by those. */
function shadowedBy(state: TrafficState, self: Self): Shadowed | undefined {
  const { shadowPercent, weight, candidateDigest: digest, candidateVersion: version } = state;
  if (shadowPercent === 0 || weight > 0 || digest === undefined || version === undefined) return undefined;
  return digest === self.digest || isReplaced(state, self) ? undefined : { version, digest, percent: shadowPercent };
}
