import { readFileSync } from 'node:fs';
import { accepts } from './health.ts';
import { logFile, runningPid, startProcess, stopProcess } from './processes.ts';
import { parts, type PartName } from './parts.ts';
import { until } from './wait.ts';

export { statePaths } from './layout.ts';
export { partNames } from './parts.ts';

const startLimitMs = 60_000;
const releaseLimitMs = 3_000;

/** Starts a part that is not running and waits until it is healthy. Throws with the last line of its log when it does not get there. */
export async function startPart(name: PartName): Promise<void> {
  if (runningPid(name) === undefined) {
    await demandFreePorts(name);
    const { command, args } = parts[name];
    startProcess(name, command, args);
  }
  await until(`${name} does not get healthy`, startLimitMs, async () => {
    if (runningPid(name) === undefined) throw new Error(`${name} exited at start: ${lastWords(name)}`);
    return parts[name].healthy();
  });
}

/** Kills a part and waits until its process is gone. SIGKILL by default. Does nothing when it does not run. */
export async function killPart(name: PartName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  await stopProcess(name, signal);
}

type PartState = 'running' | 'unhealthy' | 'stopped';

export async function partState(name: PartName): Promise<PartState> {
  if (runningPid(name) === undefined) return 'stopped';
  return (await parts[name].healthy()) ? 'running' : 'unhealthy';
}

async function demandFreePorts(name: PartName): Promise<void> {
  for (const { host, port } of parts[name].listens) {
    const taken = `${name} needs port ${port} of ${host}, and another program listens there: stop it and run the command again`;
    // A killed process may be gone a moment before the last of its threads lets go of the port.
    await until(taken, releaseLimitMs, async () => !(await accepts({ host, port })), 50);
  }
}

function lastWords(name: PartName): string {
  const lines = readFileSync(logFile(name), 'utf8').trim().split('\n');
  const telling = lines.findLast((line) => /^(E|F)\d{4}|error|fatal/i.test(line)) ?? lines.at(-1) ?? '';
  return `${telling.slice(0, 400)} (log: ${logFile(name)})`;
}
