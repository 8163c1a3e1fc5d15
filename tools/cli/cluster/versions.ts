import { show } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';
import { age } from '../terminal/times.ts';
import { withApi } from './api.ts';
import { recordsOf, type ShowOptions } from './decisions.ts';
import type { Version } from './seen.ts';

/** `versions NAME`: all registered versions of a model, the newest first, even after the model was deleted. */
export async function versions(name: string, options: ShowOptions): Promise<void> {
  await withApi(options, async (api) => {
    const all = await recordsOf(api, name);
    await show(options.output, all, () => versionTable(all, Date.now()));
  });
}

/** The columns of `kubectl get modelversions` that show what became of each. */
export function versionTable(all: readonly Version[], now: number): string {
  if (all.length === 0) return 'No versions are registered yet.';
  const rows = all.map(({ metadata, spec, status }) => {
    const [last] = status?.decisions ?? [];
    return [spec.version, status?.stage ?? '-', age(last?.at, now), age(metadata.creationTimestamp, now), last?.reason ?? ''];
  });
  return table([['VERSION', 'STAGE', 'DECIDED', 'AGE', 'REASON'], ...rows]);
}
