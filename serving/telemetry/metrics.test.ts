import { describe, expect, it } from '@jest/globals';
import { BASE_LABELS, METRICS } from '../contract/metrics.ts';
import { seriesValue } from '../testing/series.ts';
import { createMetrics } from './metrics.ts';

const base = { model_namespace: 'shop', model: 'books', version: '1.0.0' };

describe('metrics', () => {
  it('are those of the contract, all of them and no others', async () => {
    const text = await createMetrics(base).text();
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(names.sort()).toEqual(Object.values(METRICS).map(({ name, type }) => `${name} ${type}`).sort());
  });

  it('carry the base labels; the version can be another', async () => {
    const metrics = createMetrics(base);
    metrics.count('forwarded', { outcome: 'ok', version: '2.0.0' });
    const series = (await metrics.text()).split('\n').find((line) => line.startsWith(`${METRICS.forwarded.name}{`));
    for (const label of BASE_LABELS) expect(series).toContain(`${label}="`);
    expect(series).toContain('version="2.0.0"');
  });

  it('show a counter at 0 before it counts', async () => {
    const metrics = createMetrics(base);
    metrics.count('shielded', { version: '2.0.0' }, 0);
    expect(seriesValue(await metrics.text(), METRICS.shielded.name, { version: '2.0.0' })).toBe(0);
  });

  it('forget the series of a gauge whose version is gone', async () => {
    const metrics = createMetrics(base);
    metrics.set('weight', 10, { version: '2.0.0' });
    metrics.forget('weight');
    metrics.set('weight', 20, { version: '3.0.0' });
    const text = await metrics.text();
    expect(seriesValue(text, METRICS.weight.name, { version: '2.0.0' })).toBeUndefined();
    expect(seriesValue(text, METRICS.weight.name, { version: '3.0.0' })).toBe(20);
  });
});
