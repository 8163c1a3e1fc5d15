import { describe, expect, it } from '@jest/globals';
import fc from "fast-check";
import { bucketOf, BUCKETS, isCandidateUser } from './assign.ts';

const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);
const SALT = "sha256:one";

describe("the bucket of a user", () => {
  it("is always the same and lies in 0–9999", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (salt, unit) => {
        const bucket = bucketOf(salt, unit);
        expect(bucketOf(salt, unit)).toBe(bucket);
        expect(
          Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS,
        ).toBe(true);
      }),
    );
  });

  it("never changes between releases of this program", () => {
    expect([
      bucketOf("sha256:a", "alice"),
      bucketOf("sha256:a", "bob"),
      bucketOf("sha256:b", "alice"),
    ]).toMatchInlineSnapshot(`
     [
       6900,
       9881,
       1893,
     ]
    `);
  });

  it("is spread evenly: chi-square over 100 cells stays below its 99.9 % quantile", () => {
    const cells = new Array<number>(100).fill(0);
    for (const user of users) {
      const cell = Math.floor(bucketOf(SALT, user) / 100);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const expected = users.length / cells.length;
    const chiSquare = cells.reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    // 99 degrees of freedom; table value 148.23.
    expect(chiSquare).toBeLessThan(148.23);
  });

  it("under one salt says nothing of the bucket under another", () => {
    // 2 × 2 table of "in the first tenth" under both salts; 1 degree of freedom, 99.9 % quantile 10.83.
    const table = [
      [0, 0],
      [0, 0],
    ];
    for (const user of users) {
      const row = table[isCandidateUser(SALT, user, 10) ? 1 : 0] ?? [];
      const column = isCandidateUser("sha256:two", user, 10) ? 1 : 0;
      row[column] = (row[column] ?? 0) + 1;
    }
    const [[a = 0, b = 0] = [], [c = 0, d = 0] = []] = table;
    const chiSquare =
      (users.length * (a * d - b * c) ** 2) /
      ((a + b) * (c + d) * (a + c) * (b + d));
    expect(chiSquare).toBeLessThan(10.83);
  });
});

describe("the candidate share", () => {
  it("only grows with the weight: nobody moves back", () => {
    const weight = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        weight,
        weight,
        (salt, unit, one, other) => {
          const [low, high] = one < other ? [one, other] : [other, one];
          if (isCandidateUser(salt, unit, low))
            expect(isCandidateUser(salt, unit, high)).toBe(true);
        },
      ),
    );
  });

  it.each([
    [0, 0],
    [100, users.length],
  ])("at %d percent holds exactly %d of all", (weight, count) => {
    expect(
      users.filter((user) => isCandidateUser(SALT, user, weight)),
    ).toHaveLength(count);
  });

  it("at 10 percent holds 10 ± 1 percent", () => {
    const share =
      users.filter((user) => isCandidateUser(SALT, user, 10)).length /
      users.length;
    expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
  });
});
