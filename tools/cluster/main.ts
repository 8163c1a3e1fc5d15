import { existsSync } from 'node:fs';
import { moduleDir } from '../setup/binaries.mjs';
import { parseArguments, usage, type Command } from './arguments.ts';
import { down } from './down.ts';
import { ensureImages } from './images.ts';
import { kubectl } from './kubectl.ts';
import { statePaths } from './layout.ts';
import { showPartLog } from './logs.ts';
import { clusterStatus, describeStatus } from './status.ts';
import { up } from './up.ts';

const started = Date.now();
const say = (text: string): void => console.log(`cluster: ${text} (${((Date.now() - started) / 1000).toFixed(1)} s)`);

/** @returns the exit code */
async function run(command: Command): Promise<number> {
  switch (command.name) {
    case 'help':
      console.log(usage);
      return 0;
    case 'up':
      await up(say);
      say('up');
      console.log('To look around:');
      console.log(`  export KUBECONFIG=${statePaths.kubeconfig} PATH=$PATH:${moduleDir('kubernetes')}\n  kubectl get pods -A`);
      return 0;
    case 'down':
      say((await down()) ? 'down' : 'no cluster to take down');
      return 0;
    case 'build': {
      const images = await ensureImages(say);
      for (const image of Object.values(images)) console.log(image);
      return 0;
    }
    case 'status': {
      const status = await clusterStatus();
      if (!command.quiet) console.log(await describeStatus(status));
      return status.up ? 0 : 1;
    }
    case 'logs':
      return showLog(command.of);
  }
}

async function showLog(name: string): Promise<number> {
  if (showPartLog(name)) return 0;
  const [namespace, pod] = name.split('/');
  if (!pod || !namespace || !existsSync(statePaths.kubeconfig)) {
    throw new Error(`No log for “${name}”: give a part that “npm run cluster -- status” lists, or NAMESPACE/POD.`);
  }
  console.log(await kubectl(['logs', '-n', namespace, pod, '--all-containers']));
  return 0;
}

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2)));
} catch (error) {
  console.error(process.env['DEBUG'] ? error : `Error: ${(error as Error).message}`);
  process.exitCode = 1;
}
