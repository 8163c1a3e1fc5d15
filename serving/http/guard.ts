import type { IncomingMessage } from 'node:http';

import type { ProtectionConfig } from '../config.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Who asks: a name for limits and logs, never a credential. */
export interface Caller {
  name: string;
}

/**
 * Lets a request in, or throws a Problem: first who asks, then whether they ask too often.
 * @param isForwarded another pod of the model has let it in already
 */
export type Guard = (request: IncomingMessage, isForwarded: boolean) => Caller | Promise<Caller>;

const ANYONE: Caller = { name: 'anonymous' };

export function createGuard(_config: ProtectionConfig, _metrics: Metrics): Guard {
  return () => ANYONE;
}
