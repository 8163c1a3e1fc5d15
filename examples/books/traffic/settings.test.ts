import { describe, expect, it } from '@jest/globals';

import { readTrafficSettings } from './settings.ts';

const TARGET = 'http://books.shop.svc:8080';

describe('readTrafficSettings', () => {
  it('needs nothing but the target', () => {
    expect(readTrafficSettings([], { TARGET })).toMatchObject({ TARGET, RATE: 30, CONCURRENCY: 32, FRESH_SHARE: 0.05, STATS_PORT: 8001 });
  });

  it('prefers flags to the environment', () => {
    expect(readTrafficSettings(['--rate', '60'], { TARGET, RATE: '10' }).RATE).toBe(60);
  });

  it('names every fault at once', () => {
    expect(() => readTrafficSettings(['--rate', 'fast'], { CONCURRENCY: '0' })).toThrow(/TARGET: must be[^]*RATE: must be a number[^]*CONCURRENCY: /);
  });

  it('lists its settings for --help', () => {
    expect(() => readTrafficSettings(['--help'], {})).toThrow(/--fresh-share +FRESH_SHARE +share of requests.*\(default 0.05\)/);
  });
});
