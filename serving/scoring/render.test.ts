import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRenderer } from './render.ts';

const head = { recommendationId: 'r"1', model: 'books', version: '1.0.0' };

const parsed = (body: Buffer) => JSON.parse(body.toString()) as unknown;

describe('the body of an answer', () => {
  it('is the same JSON as a plain object would give, for any metadata', () => {
    const item = fc.record({ id: fc.string({ minLength: 1 }), title: fc.string(), tags: fc.array(fc.jsonValue()) });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 5 }), (items) => {
        const ranked = items.map((_, row) => ({ row, score: row / 4 }));
        const body = parsed(createRenderer({ items, classes: [] })(head, { items: ranked, fallback: false }));
        const expected = { recommendation_id: 'r"1', model: 'books', version: '1.0.0', fallback: false };
        const described = items.map((described, row) => ({ ...described, score: row / 4 }));
        expect(body).toEqual(JSON.parse(JSON.stringify({ ...expected, items: described })));
      }),
    );
  });

  it('writes a float32 with the digits it has', () => {
    const body = createRenderer({ items: [{ id: 'a' }], classes: [] })(head, { items: [{ row: 0, score: Math.fround(0.1) }], fallback: true });
    expect(parsed(body)).toMatchObject({ items: [{ id: 'a', score: 0.1 }], fallback: true });
  });

  it("does not let an item's own metadata replace the score", () => {
    const body = createRenderer({ items: [{ id: 'a', score: 'high' }], classes: [] })(head, { items: [{ row: 0, score: 1 }], fallback: false });
    expect(parsed(body)).toMatchObject({ items: [{ id: 'a', score: 1 }] });
  });

  it('is whole however long the metadata is, and empty where nothing is left', () => {
    const render = createRenderer({ items: [{ id: 'ä', title: 'ü'.repeat(20_000) }], classes: [] });
    expect(parsed(render(head, { items: [], fallback: true }))).toMatchObject({ items: [], fallback: true });
    const items = [{ row: 0, score: 2 }, { row: 0, score: -1.5 }];
    expect(parsed(render(head, { items, fallback: false }))).toMatchObject({ items: [{ id: 'ä', score: 2 }, { title: 'ü'.repeat(20_000), score: -1.5 }] });
  });

  it('is of nobody where nobody is named, and of another where the name changes', () => {
    const render = createRenderer({ items: [], classes: [] });
    for (const model of ['', 'books', '']) {
      const body = parsed(render({ recommendationId: '', model, version: '' }, { items: [], fallback: false }));
      expect(body).toEqual({ recommendation_id: '', model, version: '', items: [], fallback: false });
    }
  });
});
