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

const RECORD = Symbol('record');
type Recorded = IncomingMessage & { [RECORD]?: RequestRecord };

/** From now on what is noted of this request is kept. */
export function startRecord(request: Recorded): RequestRecord {
  const record: RequestRecord = { started: performance.now() };
  request[RECORD] = record;
  return record;
}

export function noteCaller({ [RECORD]: record }: Recorded, caller: string): void {
  if (record !== undefined) record.caller = caller;
}

export function noteOutcome({ [RECORD]: record }: Recorded, outcome: string): void {
  if (record !== undefined) record.outcome = outcome;
}
