// A replica for the tests of leader election: `node leader.ts KUBECONFIG IDENTITY`. While it leads it writes as fast as
// it can. It prints `leading`, then `ended`. SIGTERM makes it release the lease, SIGUSR2 makes it stop itself at the worst
// moment: when it has found out that it leads and is about to write. (A SIGSTOP from outside may come between the last look at
// the clock and the sending; no lease can help against that.)
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { createWriter } from '../../operator/kube/apply.ts';
import { connect } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { createElector } from '../../operator/kube/lease.ts';
import { createLog } from '../../operator/telemetry/log.ts';
import { CONFIG_MAP } from './kinds.ts';

const [kubeconfig = '', identity = ''] = process.argv.slice(2);
const client = connect(kubeconfigEndpoint({ kubeconfig }), { userAgent: identity });
const elector = createElector({
  client,
  namespace: 'default',
  name: 'operator',
  identity,
  log: createLog({ write: (line) => process.stderr.write(line) }),
  // Longer than a busy machine stands still; asked for often all the same, so that a handover is quick.
  leaseSeconds: 9,
  retrySeconds: 0.3,
});
const writer = createWriter({ client, kinds: [CONFIG_MAP], storeOf: () => undefined, fence: elector.fence, signal: elector.signal });

let released: Promise<void> | undefined;
process.on('SIGTERM', () => {
  released = elector.release();
});
let stopsNext = false;
process.on('SIGUSR2', () => {
  stopsNext = true;
});
void elector.ended().then((reason) => console.log(`ended: ${reason}`));
elector.start();
await elector.acquired();
console.log('leading');
for (let count = 0; elector.isLeader(); count++) {
  if (stopsNext) process.kill(process.pid, 'SIGSTOP');
  stopsNext = false;
  await writer.apply(counter(count)).catch((error: unknown) => console.error(String(error)));
}
// Whoever does not look at isLeader() is stopped by the fence all the same.
await writer.apply(counter(-1)).catch((error: unknown) => console.log(`refused: ${(error as Error).name}`));
await released;
await client.close();

function counter(count: number): KubernetesObject {
  const data = { by: identity, count: String(count) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `counter-${identity}`, namespace: 'default' }, data };
}
