import { KINDS } from './api/kinds.ts';
import { ANNOTATIONS, MANAGER } from './api/names.ts';
import { keyOf } from './api/objects.ts';
import { readConfig } from './config.ts';
import { createWriter } from './kube/apply.ts';
import { connect } from './kube/client.ts';
import { findEndpoint } from './kube/findEndpoint.ts';
import { createRecorder } from './kube/events.ts';
import { liveness, readiness } from './kube/health.ts';
import { createInstallations } from './kube/installations.ts';
import { createElector } from './kube/lease.ts';
import { createQueue } from './kube/queue.ts';
import { createWatchSet } from './kube/watchset.ts';
import { runWorkers } from './kube/workers.ts';
import { reconcile } from './loop/reconcile.ts';
import { readDecisions } from './loop/takeover.ts';
import { modelsOf, observe, WATCHED } from './loop/world.ts';
import { createNotifier } from './notify/notifier.ts';
import { createSend } from './notify/send.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { serveProbes } from './telemetry/probes.ts';

const WORKERS = 4;

/** Caches run in every replica, so that a successor starts warm; only the holder of the Lease works on the queue. */
async function main(): Promise<number> {
  const config = readConfig();
  const log = createLog({ level: config.logLevel });
  const metrics = createMetrics({ processMetrics: true });
  const client = connect(await findEndpoint(config), { metrics, userAgent: MANAGER });
  const queue = createQueue('recommendermodel', { metrics });
  const watches = createWatchSet({
    client,
    watched: WATCHED,
    add: (changed) => modelsOf(watches, changed).forEach((key) => queue.add(key)),
    log,
    ...(config.watchNamespace === undefined ? {} : { namespace: config.watchNamespace }),
  });
  const { podNamespace: namespace, podName: identity, leaseSeconds } = config;
  const own = { namespace, watches: config.watchNamespace ?? '*' };
  const annotations = { [ANNOTATIONS.watches]: own.watches };
  const elector = createElector({ client, namespace, name: MANAGER, identity, log, metrics, leaseSeconds, annotations });
  const fence = () => elector.fence();
  const writer = createWriter({
    client,
    kinds: Object.values(KINDS),
    storeOf: (kind) => watches.storeOf(kind),
    fence,
    signal: elector.signal,
  });
  const recorder = createRecorder({ client, fence, log, controller: 'recommender.dev/operator', instance: config.podName });
  const addAll = () => {
    for (const model of watches.storeOf(KINDS.RecommenderModel).all()) queue.add(keyOf(model.metadata));
  };
  watches.onMissingChange(addAll);
  const installations = createInstallations({ client, own, name: MANAGER, leaseSeconds, log, onChange: addAll });
  const probes = await serveProbes({
    port: config.probePort,
    registry: metrics.registry,
    healthz: liveness(watches, queue),
    readyz: readiness(client, watches),
  });
  const stopped = signalled();

  watches.start();
  await Promise.race([watches.synced(), stopped]);
  elector.start();
  await Promise.race([elector.acquired(), stopped]);
  if (elector.isLeader()) {
    const { watchNamespace: namespace } = config;
    await Promise.race([installations.start(), stopped]);
    await Promise.race([readDecisions({ client, watches, namespace, log }, elector.signal), stopped]);
  }

  const { send, close } = createSend(config.notify);
  const notifier = createNotifier({ send, enqueue: (key) => queue.add(key), clock: Date.now, metrics });
  const see = (key: string) => observe(watches, key, notifier.deliveries(key));
  const managing = (namespace: string) => installations.managing(namespace);
  const reconciler = { observe: see, managing, writer, recorder, notifier, rollouts: metrics.rollouts, config: config.plan, clock: Date.now };
  const workers = elector.isLeader() ? runWorkers(queue, (key) => reconcile(reconciler, key), { count: WORKERS, log, metrics }) : undefined;
  const cause = await Promise.race([stopped, elector.ended()]);
  log.info('stopping', { cause });
  await workers?.stop();
  notifier.stop();
  await close();
  await recorder.flush();
  await installations.stop();
  await elector.release();
  await watches.stop();
  await probes.close();
  await client.close();
  // Losing the Lease is not a normal end: the process starts over with fresh caches.
  return cause === 'signal' ? 0 : 1;
}

function signalled(): Promise<'signal'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve('signal'));
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}\n`);
    process.exit(2);
  },
);
