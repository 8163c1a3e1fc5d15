import type { ServeConfig } from './config/serve.ts';
import { createShadow } from './shadow/shadow.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { createKubeApi } from './traffic/kube-api.ts';
import { createSplitter, type Splitter } from './traffic/splitter.ts';
import { followCarrier } from './traffic/weights.ts';

/** A pod that cannot learn its weight in this time starts with 0. */
const KNOWN_WITHIN_MS = 3_000;

/**
 * Starts the splitter of a pod that has a carrier.
 * @param onKnown called once the weight is known, or cannot be known now
 */
export function startTraffic(config: ServeConfig, metrics: Metrics, onKnown: () => void): Splitter | undefined {
  const { traffic, digest, namespace, feedbackEvents } = config;
  if (traffic === undefined) {
    onKnown();
    return undefined;
  }
  const splitter = createSplitter({ ...traffic, feedbackEvents }, { digest, podTemplateHash: traffic.podTemplateHash }, metrics, createShadow);
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
