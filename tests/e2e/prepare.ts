// Installs what all files of end-to-end tests share: images, operator and a store. Nothing of it is removed: the next run finds it.
import { installLocally } from '../../tools/testenv/local.ts';
import { openStore } from '../../tools/testenv/store.ts';
import { localCluster, STORE_NAMESPACE } from './shared.ts';

const cluster = localCluster();
const start = performance.now();
await installLocally(cluster, { storeNamespace: STORE_NAMESPACE });
await openStore(cluster, STORE_NAMESPACE);
await cluster.close();
console.log(`operator and store are ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
