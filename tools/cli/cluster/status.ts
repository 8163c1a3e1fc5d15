import { setTimeout as pause } from 'node:timers/promises';
import { show, type Shown } from '../terminal/output.ts';
import { type Where, withApi } from './api.ts';
import { orBefore } from './ask.ts';
import type { Model } from './seen.ts';
import { messageOf } from './tree.ts';

/** For scripts: the wished version serves everyone; it never will without somebody's doing; it may still. */
export const STATUS_EXIT = { serves: 0, failed: 1, underWay: 3 } as const;

export type Standing = keyof typeof STATUS_EXIT;

/** A champion that is watched serves: nobody wants to wait for an hour. */
const SERVES = ['Healthy', 'Watching'];

export interface StatusOptions extends Where, Shown {
  /** Milliseconds; 0 looks once. */
  timeout: number;
}

const LOOK_AGAIN_MS = 500;

/** `status NAME`: the operator's sentence on standard output, the standing as exit code and, for programs, as a word. */
export async function status(name: string, options: StatusOptions): Promise<void> {
  await withApi(options, async (api) => {
    const end = performance.now() + options.timeout;
    let model = await api.model(name);
    while (standingOf(model) === 'underWay' && performance.now() < end) {
      await pause(Math.min(LOOK_AGAIN_MS, Math.max(0, end - performance.now())));
      model = await orBefore(() => api.model(name), model);
    }
    const standing = standingOf(model);
    const { phase = 'Unknown' } = model.status ?? {};
    const told = { name, namespace: api.namespace, wish: model.spec.release.version, standing, phase, message: messageOf(model) };
    await show(options.output, told, () => `${phase}: ${told.message}`);
    if (standing === 'underWay' && options.timeout > 0) console.error(`${model.spec.release.version} does not serve everyone yet; the time given is over.`);
    process.exitCode = STATUS_EXIT[standing];
  });
}

/** What a status says of an older wish says nothing of the present one. */
export function standingOf({ metadata, spec: { release }, status }: Model): Standing {
  if (status?.phase === undefined || (status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'underWay';
  if (isStuck(status)) return 'failed';
  const isWished = status.champion?.version === release.version && status.champion.digest === release.digest;
  return SERVES.includes(status.phase) && isWished ? 'serves' : 'underWay';
}

/**
 * Not the phase tells it: a champion that is being rebuilt is Degraded as well, and comes back by itself. Missing kinds a person has
 * to install, perhaps by the very script that asks here; the operator may see them a few seconds later than the script does.
 */
function isStuck({ conditions = [] }: NonNullable<Model['status']>): boolean {
  return conditions.some(({ type, status, reason }) => type === 'Stalled' && status === 'True' && reason !== 'MissingKinds');
}
