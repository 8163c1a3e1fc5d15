import type { ServeConfig } from './config.ts';
import type { RecommendationIds } from './feedback/recommendation-id.ts';
import type { Admission } from './http/admission.ts';
import type { Guard } from './http/guard.ts';
import type { ServingState } from './serving-state.ts';
import type { ActiveUsers } from './telemetry/active-users.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Splitter } from './traffic/splitter.ts';

/** What the routes work with. */
export interface Parts {
  config: Pick<ServeConfig, 'model' | 'version' | 'digest' | 'corsOrigins'>;
  state: ServingState;
  metrics: Metrics;
  activeUsers: ActiveUsers;
  ids: RecommendationIds;
  guard: Guard;
  admission: Admission;
  /** Absent when the pod has no carrier. */
  splitter: Splitter | undefined;
}
