import { describe, expect, it } from '@jest/globals';
import { BUNDLE_FAILURES } from '../../serving/bundle/failure.ts';
import { REASONS } from '../../operator/plan/reasons.ts';
import { withReasons } from './troubleshooting.ts';

describe('the table of reasons', () => {
  it('stands between its marks, whatever stood there', () => {
    const page = withReasons('Before.\n<!-- generated: reasons -->\nSTALE\n<!-- /generated -->\nAfter.\n');
    expect(page).toMatch(/^Before\.\n<!-- generated: reasons -->\n/);
    expect(page).toMatch(/<!-- \/generated -->\nAfter\.\n$/);
    expect(page).not.toContain('STALE');
    expect(withReasons(page)).toBe(page);
  });

  it('shows phases in bold where only a person can help', () => {
    const page = withReasons('<!-- generated: reasons --><!-- /generated -->');
    expect(page).toContain('| `InvalidFreeze` | **Pending** |');
    expect(page).toContain('| `Frozen` | Pending |');
    expect(page).toContain('| `Quarantined` | **Rejected**, **RolledBack** |');
  });

  it('has everything that validation finds wrong with a bundle for good', () => {
    const final = Object.entries(BUNDLE_FAILURES).flatMap(([reason, result]) => (result === 'Invalid' ? [reason] : []));
    expect(Object.keys(REASONS)).toEqual(expect.arrayContaining(final));
  });

  it('asks for its marks', () => {
    expect(() => withReasons('no marks')).toThrow('docs/troubleshooting.md has no place for the reasons: write <!-- generated: reasons --> and <!-- /generated -->.');
  });
});
