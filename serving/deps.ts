import type { ServeConfig } from './config/serve.ts';
import type { RecommendationIds } from './feedback/recommendation-id.ts';
import type { AccessLog } from './http/access-log.ts';
import type { Admission } from './http/admission.ts';
import type { Guard } from './http/guard.ts';
import type { ServingState } from './http/serving-state.ts';
import type { ActiveUsers } from './telemetry/active-users.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Traces } from './telemetry/traces.ts';
import type { Splitter } from './traffic/splitter.ts';

/** What the routes work with. */
export interface Deps {
  config: Pick<ServeConfig, 'model' | 'version' | 'digest' | 'feedbackEvents' | 'corsOrigins' | 'auth' | 'rateLimit'>;
  state: ServingState;
  metrics: Metrics;
  /** Writes the gauges as they are now; called at each scrape. */
  readGauges: () => void;
  activeUsers: ActiveUsers;
  ids: RecommendationIds;
  guard: Guard;
  admission: Admission;
  /** Absent = no request is written to the log. */
  accessLog?: AccessLog;
  /** Absent = no request is traced. */
  traces?: Traces | undefined;
  /** Absent when the pod has no carrier. */
  splitter: Splitter | undefined;
}
