import { describe, expect, it } from '@jest/globals';
import { conditionsOf, queryOf, read } from './measurement.ts';

const DESCRIBED = { describe: String, describeLimit: String };
const share = { name: 'error-rate', query: 'failed / asked', restsOn: { requests: 'asked', fewest: 20 }, max: 0.05, ...DESCRIBED };
const custom = { name: 'price', query: 'avg(price)', min: -3, max: 3, ...DESCRIBED };

describe('a share of requests', () => {
  it('is asked for with their number, of which no Prometheus can change the order', () => {
    expect(queryOf(share)).toBe('sort((failed / asked) or label_replace(-(asked), "is", "requests", "", ""))');
  });

  it('is held against its limit where there were enough', () => {
    const both = 'len(result) == 2 && result[0] <= -20 && result[1] >= 0 && !isNaN(result[1]) && !isInf(result[1])';
    expect(conditionsOf(share)).toEqual({ successCondition: `${both} && result[1] <= 0.05`, failureCondition: `${both} && !(result[1] <= 0.05)` });
  });

  it.each([
    ['[-62.9,0.4]', { value: '0.4', requests: 62 }],
    ['[-62.9,0]', { value: '0', requests: 62 }],
    ['[]', {}],
    ['[-62.9]', { requests: 62 }],
    ['[-19.9,0.4]', { requests: 19 }],
    ['[-0]', { requests: 0 }],
    ['[-62.9,NaN]', { requests: 62, trouble: 'the query returned NaN, which cannot be compared with a limit' }],
  ])('reads %s', (answer, reading) => {
    expect(read(answer, share.restsOn)).toEqual(reading);
  });

  it('is only to be told where it has no limit, of enough requests too', () => {
    const { max: _max, ...told } = share;
    expect(conditionsOf(told)).toEqual({ successCondition: 'len(result) >= 1 && result[0] <= -20', failureCondition: 'false' });
  });

  it('reads what a run asks for that an earlier operator began', () => {
    expect(read('[0.4]', share.restsOn)).toEqual({ value: '0.4' });
  });
});

describe('a query of the user\'s own', () => {
  it('is asked as it is, and has both limits', () => {
    const one = 'len(result) == 1 && !isNaN(result[0]) && !isInf(result[0])';
    expect(queryOf(custom)).toBe('avg(price)');
    expect(conditionsOf(custom)).toEqual({ successCondition: `${one} && result[0] <= 3 && result[0] >= -3`, failureCondition: `${one} && !(result[0] <= 3 && result[0] >= -3)` });
  });

  const floored = { ...custom, restsOn: { requests: 'asked', fewest: 500, signed: true } };

  it('is asked for with the number of requests too, put below any value it may have', () => {
    expect(queryOf(floored)).toBe('sort((avg(price)\n) or label_replace(-1000000000000 - (asked or vector(0)), "is", "requests", "", ""))');
    expect(conditionsOf(floored).failureCondition).toMatch(/^len\(result\) == 2 && result\[0\] <= -1000000000500 && result\[1\] >= -1000000000000 && .*!\(result\[1\] <= 3/);
  });

  it.each([
    ['[-1000000000500,-2.5]', { value: '-2.5', requests: 500 }],
    ['[-1000000000499,-2.5]', { requests: 499 }],
    ['[-1000000000000]', { requests: 0 }],
    // By a run of an operator that asked for no number.
    ['[-2.5]', { value: '-2.5' }],
  ])('reads %s', (answer, reading) => {
    expect(read(answer, floored.restsOn)).toEqual(reading);
  });

  it.each([
    ['[-2.5]', { value: '-2.5' }],
    ['[0,0.2,0]', { trouble: 'the query returned 3 series instead of one' }],
    ['[+Inf]', { trouble: 'the query returned +Inf, which cannot be compared with a limit' }],
    [undefined, {}],
  ])('reads %s', (answer, reading) => {
    expect(read(answer)).toEqual(reading);
  });
});
