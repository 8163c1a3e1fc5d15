import fc from 'fast-check';
import type { RecommendRequest } from '../bundle/request.ts';

/** Texts that break things: names every object has, other scripts, half a surrogate pair, blanks, NUL. */
const text = fc.oneof(fc.string({ minLength: 1, maxLength: 30 }), fc.constantFrom('__proto__', 'constructor', 'ß', '日本', '\ud800', ' ', '\0', '-1', 'NaN'));
const id = fc.oneof(text, fc.constantFrom('u0', 'u1', 'item 0', 'item 1', 'item 4'));
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(0, -0, 1e300, 2 ** 53, 2 ** 31, 255, 256, -1, 0.5));
const contextValue = fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.array(number, { maxLength: 6 }));
const fields = fc.oneof(text, fc.constantFrom('season', 'price', 'member', 'taste', 'colour'));
const filterValue = fc.oneof(text, number, fc.boolean());
const attribute = fc.oneof(fc.constantFrom('word', 'price', 'sparkling', 'tags', 'id'), text);

/** Requests that the schema accepts, most of them about the things that the tiny bundles know. */
export const anyRequest: fc.Arbitrary<RecommendRequest> = fc.record(
  {
    user_id: id,
    history: fc.array(id, { maxLength: 8 }),
    text: fc.oneof(text, fc.constantFrom('Red', 'white dry', 'SWEET')),
    k: fc.integer({ min: 1, max: 100 }),
    exclude: fc.array(id, { maxLength: 5 }),
    filter: fc.dictionary(attribute, fc.oneof(filterValue, fc.array(filterValue, { minLength: 1, maxLength: 3 })), { maxKeys: 2 }),
    context: fc.dictionary(fields, contextValue, { maxKeys: 8 }),
  },
  { requiredKeys: [] },
);
