import type { Cluster } from '../../tools/testenv/cluster.ts';
import { leaderOf, OPERATOR_NAMESPACE } from '../../tools/testenv/install.ts';
import { until } from '../../tools/testenv/until.ts';
import { undisturbed } from './undisturbed.ts';

/** Ends the operator that leads, and resolves when another does. SIGTERM lets it give the lease back, SIGKILL does not. */
export const endLeader = (cluster: Cluster, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> =>
  undisturbed(async () => {
    const leader = await until('somebody leads', () => leaderOf(cluster));
    const force = signal === 'SIGKILL' ? ['--grace-period=0', '--force'] : ['--wait=false'];
    await cluster.kubectl(['delete', 'pod', leader, '--namespace', OPERATOR_NAMESPACE, ...force]);
    await until('another leads', async () => {
      const now = await leaderOf(cluster);
      return now !== undefined && now !== leader;
    }, 60_000);
  });
