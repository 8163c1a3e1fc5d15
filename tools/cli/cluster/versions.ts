import { show } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';
import { age } from '../terminal/times.ts';
import { withApi } from './api.ts';
import { recordsOf, type ShowOptions } from './decisions.ts';
import type { Version } from './seen.ts';

/** `versions NAME`: all that is registered for a model, the newest first, also once the model is gone. */
export async function versions(name: string, options: ShowOptions): Promise<void> {
  await withApi(options, async (api) => {
    const all = await recordsOf(api, name);
    await show(options.output, all, () => versionTable(all, Date.now()));
  });
}

/** The columns of `kubectl get modelversions`, as far as they tell what became of each. */
export function versionTable(all: readonly Version[], now: number): string {
  if (all.length === 0) return 'No version is registered yet.';
  const rows = all.map(({ metadata, spec, status }) => {
    const [last] = status?.decisions ?? [];
    return [spec.version, status?.stage ?? '-', age(last?.at, now), age(metadata.creationTimestamp, now), last?.reason ?? ''];
  });
  return table([['VERSION', 'STAGE', 'DECIDED', 'AGE', 'REASON'], ...rows]);
}
