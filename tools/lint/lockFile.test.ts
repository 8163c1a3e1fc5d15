import { expect, it } from '@jest/globals';
import { withoutIntegrity } from './lockFile.ts';

const registry = { version: '1.0.0', integrity: 'sha512-abc' };

it('finds the packages without a hash, wherever they are nested', () => {
  const packages = {
    'node_modules/sound': registry,
    'node_modules/bare': { version: '1.0.0', optional: true },
    'serving/node_modules/bare': { version: '2.0.0' },
    'node_modules/sound/node_modules/empty': { version: '1.0.0', integrity: '' },
  };
  expect(withoutIntegrity({ packages })).toEqual(['node_modules/bare', 'serving/node_modules/bare', 'node_modules/sound/node_modules/empty']);
});

it('asks for none where npm has none: the checkout, workspaces, and what comes inside another package', () => {
  const packages = {
    '': { version: '0.1.0' },
    serving: { version: '0.1.0' },
    'node_modules/@shop/serving': { resolved: 'serving', link: true },
    'node_modules/npm': registry,
    'node_modules/npm/node_modules/abbrev': { version: '3.0.0', inBundle: true },
  };
  expect(withoutIntegrity({ packages })).toEqual([]);
});
