import { describe, expect, it } from '@jest/globals';
import { lineageTexts } from './lineage.ts';

describe('the lineage in a report', () => {
  it('is as the trainer wrote it, nested values as JSON', () => {
    const lineage = { data: 'sha256:ab', code: 'git:12', trainedAt: '2026-02-02T06:00:00Z', parameters: { factors: 64 } };
    expect(lineageTexts({ lineage })).toEqual({ ...lineage, parameters: '{"factors":64}' });
  });

  it('leaves out what is too long to be told', () => {
    expect(lineageTexts({ lineage: { code: 'git:12', parameters: { words: 'x'.repeat(1000) } } })).toEqual({ code: 'git:12' });
  });
});
