import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import { HEADERS, PATHS } from '../contract/http.ts';

const CONFIRM_WITHIN_MS = 10_000;
const ATTEMPT_TIMEOUT_MS = 500;
/** Short, so that the pods of one champion do not notice at noticeably different times. */
const PAUSE_MS = 25;
const ANSWERS_IN_A_ROW = 2;

/**
 * Waits until the Service at `origin` leads to pods of `digest`. A selector changes in the API seconds before every
 * node's proxy follows; requests sent in between would meet the previous pods, or none, and be held against a
 * candidate that never saw them. Each attempt opens a new connection, because an open one stays with its pod.
 * @param pauseMs between two attempts
 * @returns false when that has not happened in ten seconds, or `signal` is aborted
 */
export async function leadsTo(origin: string, digest: string, signal: AbortSignal, pauseMs = PAUSE_MS): Promise<boolean> {
  const deadline = performance.now() + CONFIRM_WITHIN_MS;
  for (let inARow = 0; performance.now() < deadline && !signal.aborted; ) {
    inARow = (await answersAs(origin, digest, signal)) ? inARow + 1 : 0;
    if (inARow === ANSWERS_IN_A_ROW) return true;
    if (inARow === 0) await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

async function answersAs(origin: string, digest: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { statusCode, headers, body } = await request(`${origin}${PATHS.ready}`, {
      reset: true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
    });
    await body.dump();
    return statusCode === 200 && headers[HEADERS.digest] === digest;
  } catch {
    return false;
  }
}
