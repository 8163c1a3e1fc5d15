import type { IncomingMessage } from 'node:http';

/** What the access log tells of a request besides its answer. */
export interface RequestRecord {
  /** performance.now() of its headers. */
  started: number;
  /** Absent where nobody asked who it is. */
  caller?: string;
  /** How a scoring request ended: ok, fallback, forwarded, shielded. */
  outcome?: string;
}

/** Beside the requests and not on them, so that the log knows only what is noted here. */
const records = new WeakMap<IncomingMessage, RequestRecord>();

/** From now on what is noted of this request is kept. */
export function startRecord(request: IncomingMessage): RequestRecord {
  const record: RequestRecord = { started: performance.now() };
  records.set(request, record);
  return record;
}

export function noteCaller(request: IncomingMessage, caller: string): void {
  const record = records.get(request);
  if (record !== undefined) record.caller = caller;
}

export function noteOutcome(request: IncomingMessage, outcome: string): void {
  const record = records.get(request);
  if (record !== undefined) record.outcome = outcome;
}
