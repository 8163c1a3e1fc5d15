import { generateShop, type Shop } from '../generate.ts';
import type { Random } from '../random.ts';

/** Visitors, whom no model has seen, per hundred readers. */
const VISITORS_PER_HUNDRED = 2;
/** How probably a visitor likes any book. */
const VISITOR_LIKES = 0.15;

/** Of the books they look at and like, readers click one in three. */
const CLICKS_WHAT_IS_LIKED = 1 / 3;
/** Having not clicked a place, a reader looks at the next one. */
const LOOKS_FURTHER = 0.85;

/** Those who ask for recommendations. */
export interface Readers {
  ids: string[];
  /** Whether the shop has this book. */
  knows(bookId: string): boolean;
  /** The book that the reader clicks, if any. */
  click(reader: string, shown: readonly string[], draw: Random): string | undefined;
}

/**
 * The cascade model (Craswell, Zoeter, Taylor & Ramsey, "An Experimental Comparison of Click Position-Bias Models", WSDM
 * 2008) with a reader who may give up: places are looked at from the top, the first click ends it.
 * `attraction`: probability that a book is clicked once looked at. `uniform`: draws from [0, 1).
 */
export function cascadeClick(
  shown: readonly string[],
  attraction: (bookId: string) => number,
  uniform: () => number,
): string | undefined {
  for (const bookId of shown) {
    if (uniform() < attraction(bookId)) return bookId;
    if (uniform() >= LOOKS_FURTHER) return undefined;
  }
  return undefined;
}

/** `count` readers of the shop, evenly over its numbering, and the visitors. */
export function createReaders(count: number, shop: Shop = generateShop()): Readers {
  const users = Array.from({ length: count }, (_, i) => Math.floor((i * shop.size.users) / count));
  const userOf = new Map(users.map((user) => [shop.userIds[user]!, user]));
  const itemOf = new Map(shop.books.map(({ id }, item) => [id, item]));
  const visitors = Array.from({ length: Math.round((count * VISITORS_PER_HUNDRED) / 100) }, (_, i) => `visitor-${i + 1}`);

  const likes = (reader: string, bookId: string): number => {
    const [user, item] = [userOf.get(reader), itemOf.get(bookId)];
    if (item === undefined) return 0;
    return user === undefined ? VISITOR_LIKES : shop.likes(user, item);
  };
  return {
    ids: [...userOf.keys(), ...visitors],
    knows: (bookId) => itemOf.has(bookId),
    click: (reader, shown, draw) =>
      cascadeClick(shown, (bookId) => CLICKS_WHAT_IS_LIKED * likes(reader, bookId), draw.uniform),
  };
}
