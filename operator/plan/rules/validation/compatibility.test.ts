import { describe, expect, it } from '@jest/globals';
import type { ModelContract } from '../../../../serving/contract/report.ts';
import { sampleOf } from '../../../../serving/validate/sample.ts';
import { model, version } from '../../../testing/builders.ts';
import { compatibility } from './compatibility.ts';

const contract = (countries?: number, users = 50): ModelContract => ({
  task: 'user-to-items',
  inputs: [
    { name: 'user', from: 'user_id', type: 'int64', required: false, vocabulary: users },
    { name: 'country', from: 'context.country', type: 'int64', required: false, ...(countries === undefined ? {} : { vocabulary: countries }) },
  ],
  outputs: ['items', 'scores'],
  items: sampleOf(['a', 'b']),
});

function compared(before: ModelContract, after: ModelContract, minVocabulary = '0.5') {
  const { delivery } = model('2.0.0').spec;
  const validation = { ...delivery.validation, contract: 'Any' as const, minVocabulary };
  return compatibility(model('2.0.0', { spec: { delivery: { ...delivery, validation } } }), version('1.0.0', 'Champion', { contract: before }), after);
}

describe('an input that knows fewer words than before', () => {
  it('breaks the limit of delivery.validation, whatever is allowed of the contract', () => {
    expect(compared(contract(200), contract(3)).faults).toEqual([
      { reason: 'CoverageShrunk', message: 'The vocabulary of its input "country" has 3 words, that of champion 1.0.0 200; delivery.validation.minVocabulary requires 50%.' },
    ]);
    expect(compared(contract(200), contract(3), '0.01').faults).toEqual([]);
  });

  it('is told where it keeps the limit, and so is one that knows more', () => {
    for (const [words, after] of [[150, contract(150)], [300, contract(300)]] as const) {
      const { said, faults } = compared(contract(200), after);
      expect([said, faults]).toEqual([expect.arrayContaining([`The vocabulary of its input "country" has ${String(words)} words, that of champion 1.0.0 200.`]), []]);
    }
  });

  it('is no matter of words when it takes values as they are, or users, who are compared one by one', () => {
    expect(compared(contract(200), contract()).faults).toEqual([]);
    expect(compared(contract(200, 50), contract(200, 3)).faults).toEqual([]);
  });
});

describe('an input that takes a list', () => {
  const tokens = (maxLength: number): ModelContract =>
    ({ ...contract(), inputs: [{ name: 'tokens', from: 'context.tokens', type: 'int64[]', required: true, maxLength }] });

  it('may not take a shorter one than before', () => {
    expect(compared(tokens(64), tokens(20)).said[0]).toContain('input "tokens" accepts 20 values instead of 64');
    expect(compared(tokens(64), tokens(128)).said[0]).toContain('is compatible');
  });
});
