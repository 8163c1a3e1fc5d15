import { setTimeout as pause } from 'node:timers/promises';
import { show, type OutputOptions } from '../terminal/output.ts';
import { type Where, withApi } from './api.ts';
import { orLastKnown } from './ask.ts';
import type { Model } from './seen.ts';
import { messageOf } from './tree.ts';

/** Serves: the desired version serves everyone. Failed: it will not unless somebody acts. Otherwise it is under way. */
const STATUS_EXIT = { serves: 0, failed: 1, underWay: 3 } as const;

type Result = keyof typeof STATUS_EXIT;

/** A champion that is watched serves: nobody wants to wait for an hour. */
const SERVES = ['Healthy', 'Watching'];

export interface StatusOptions extends Where, OutputOptions {
  /** Milliseconds; 0 looks once. */
  timeout: number;
}

const POLL_MS = 500;

/** `status NAME`: the operator's sentence on standard output, the result as exit code and, for programs, as a word. */
export async function status(name: string, options: StatusOptions): Promise<void> {
  await withApi(options, async (api) => {
    const end = performance.now() + options.timeout;
    let model = await api.model(name);
    while (resultOf(model) === 'underWay' && performance.now() < end) {
      await pause(Math.min(POLL_MS, Math.max(0, end - performance.now())));
      model = await orLastKnown(() => api.model(name), model);
    }
    const [result, desired, message] = [resultOf(model), model.spec.release.version, messageOf(model)];
    const { phase = 'Unknown' } = model.status ?? {};
    await show(options.output, { name, namespace: api.namespace, desired, result, phase, message }, () => `${phase}: ${message}`);
    if (result === 'underWay' && options.timeout > 0) console.error(`Timed out: ${desired} does not serve everyone yet.`);
    process.exitCode = STATUS_EXIT[result];
  });
}

/** A status of an older spec says nothing about the present one. */
export function resultOf({ metadata, spec: { release }, status }: Model): Result {
  if (status?.phase === undefined || (status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'underWay';
  if (isStuck(status)) return 'failed';
  const isChampion = status.champion?.version === release.version && status.champion.digest === release.digest;
  return SERVES.includes(status.phase) && isChampion ? 'serves' : 'underWay';
}

/**
 * The phase does not show it: a champion that is being rebuilt is Degraded as well, and recovers by itself. Missing kinds
 * must be installed, perhaps by the very script that runs this; the operator may see them a few seconds later.
 */
function isStuck({ conditions = [] }: NonNullable<Model['status']>): boolean {
  return conditions.some(({ type, status, reason }) => type === 'Stalled' && status === 'True' && reason !== 'MissingKinds');
}
