import { describe, expect, it } from '@jest/globals';
import { asVector } from './promql.ts';

describe('a query', () => {
  it.each([
    '0.5', '-1e3 + 0x1F', 'time() - 60', 'scalar(sum(rate(x{a=")"}[5m]))) / 2', '100 * scalar(a) / (scalar(b) + 1) # percent', '1 > bool 2', 'NaN', 'pi()', '5m',
  ])('%s yields a scalar, and is made a vector', (query) => {
    expect(asVector(query)).toBe(`vector(${query}\n)`);
  });

  it.each(['up', 'sum(x) / scalar(sum(y))', 'vector(1)', '{__name__="x"}', 'infinite', '"text"', 'x # 1', 'scalar(x', `${'1'.repeat(4000)} {`, 'sum(increase(x{a="scalar("}[5m])) or vector(0)'])('%s is left as it is', (query) => {
    expect(asVector(query)).toBe(query);
  });
});
