import type { ServeConfig } from '../config.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createKubeApi } from './kube-api.ts';
import { createSplitter } from './splitter.ts';
import type { Splitter } from './splitter.ts';
import { followCarrier } from './weights.ts';

/** A pod that cannot learn its weight in this time starts with 0. */
const KNOWN_WITHIN_MS = 3_000;

/**
 * Starts the splitter of a pod that has a carrier.
 * @param onKnown called once the weight is known, or cannot be known now
 */
export function startTraffic(config: ServeConfig, metrics: Metrics, onKnown: () => void): Splitter | undefined {
  const { traffic, digest, namespace } = config;
  if (traffic === undefined) {
    onKnown();
    return undefined;
  }
  const splitter = createSplitter(traffic, { digest, podTemplateHash: traffic.podTemplateHash }, metrics);
  const api = createKubeApi(traffic.apiUrl, traffic.serviceAccountDir);
  const stop = new AbortController();
  const tooLong = setTimeout(onKnown, KNOWN_WITHIN_MS);
  void followCarrier(
    api,
    { ...traffic, namespace },
    (state) => void splitter.apply(state).then(onKnown),
    stop.signal,
  );
  return {
    ...splitter,
    close() {
      clearTimeout(tooLong);
      stop.abort();
      splitter.close();
    },
  };
}
