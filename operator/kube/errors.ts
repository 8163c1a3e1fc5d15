/** The API server's own account of a failure (`kind: Status`), reduced to what is used here. */
export type Status = {
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
};

/**
 * A request that the API server refused, or (`status` 0) that got no answer. `reason` is the API's machine-readable
 * reason such as `NotFound`, `Conflict`, `Expired`; without an answer it is `Unreachable` or `Timeout`.
 */
export class KubeError extends Error {
  override readonly name: string = 'KubeError';
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;
  readonly details: Status['details'];

  constructor(what: {
    readonly status: number;
    readonly reason: string;
    readonly message: string;
    readonly retryAfterSeconds?: number | undefined;
    readonly details?: Status['details'];
    readonly cause?: unknown;
  }) {
    super(what.message, { cause: what.cause });
    this.status = what.status;
    this.reason = what.reason;
    this.retryAfterSeconds = what.retryAfterSeconds;
    this.details = what.details;
  }
}

export type ManagedField = {
  readonly manager: string;
  readonly field: string;
  /**
   * Written by a plain update, such as `kubectl edit`. Whoever applies a field declares that they mean to keep it; whoever
   * edits one does not.
   */
  readonly edited: boolean;
};

/** Server-side apply without force met fields that another manager owns; nothing was written. */
export class FieldConflict extends KubeError {
  override readonly name = 'FieldConflict';
  readonly conflicts: readonly ManagedField[];

  constructor(object: string, conflicts: readonly ManagedField[], cause: KubeError) {
    const list = conflicts.map(({ manager, field }) => `${field} (set by "${manager}")`).join(', ');
    super({
      status: cause.status,
      reason: 'FieldConflict',
      message: `${object} has fields managed by others: ${list}`,
      details: cause.details,
      cause,
    });
    this.conflicts = conflicts;
  }
}

/** There is an object of that name which others made; nothing was written. @param maker field manager or owner */
export class ForeignObject extends KubeError {
  override readonly name = 'ForeignObject';

  constructor(object: string, maker: string) {
    const message = `${object} was made by ${maker} and is left alone; remove it, or give the model another name`;
    super({ status: 409, reason: 'FieldConflict', message });
  }
}

/** The write was meant for an earlier state of the object, so nothing was written; reading the current state is all it takes. */
export class ChangedMeanwhile extends KubeError {
  override readonly name = 'ChangedMeanwhile';

  constructor(object: string, cause?: unknown) {
    super({ status: 409, reason: 'Conflict', message: `${object} has changed in the meantime`, cause });
  }
}

/** A write that was not sent because this process does not, or no longer, hold the lease. */
export class NotLeader extends Error {
  override readonly name = 'NotLeader';
}

export function isStatus(error: unknown, status: number): error is KubeError {
  return error instanceof KubeError && error.status === status;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Builds the error for an answer ≥ 400. `body` is whatever came: a Status object, or the words of a proxy in between. */
export function refusal(what: string, status: number, body: string, retryAfter: string | undefined): KubeError {
  const parsed = parseStatus(body);
  return new KubeError({
    status,
    reason: parsed?.reason ?? DEFAULT_REASON[status] ?? 'Unknown',
    message: `${what}: ${parsed?.message ?? (body.slice(0, 300).trim() || `HTTP ${status}`)}`,
    retryAfterSeconds: secondsOf(retryAfter) ?? parsed?.details?.retryAfterSeconds,
    details: parsed?.details,
  });
}

const DEFAULT_REASON: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};

function parseStatus(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && (parsed as { kind?: unknown }).kind === 'Status'
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
}

/** Retry-After in its two forms, delta-seconds and HTTP-date (RFC 9110, section 10.2.3). */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
