import { random, type Random } from './random.ts';
import { composeBook, GENRES, type Book } from './titles.ts';

interface WorldSize {
  users: number;
  items: number;
  seed: number;
}

/** One reading. `order` numbers a user's readings in time, from 0. */
export interface Reading {
  user: number;
  item: number;
  order: number;
}

/** Readers and books, and a known preference structure. */
export interface Shop {
  size: WorldSize;
  userIds: string[];
  books: Book[];
  /** True probability, in (0, 1), that reader `user` likes book `item` when shown it. */
  likes(user: number, item: number): number;
}

/** A shop and what was read there. */
export interface World extends Shop {
  /** By user, and by time within a user. */
  readings: Reading[];
}

const BOOKS_WORLD: WorldSize = { users: 1500, items: 800, seed: 20260101 };

/** Dimensions of taste. The genres span most of them, the rest is what no catalogue field tells. */
const TASTE_DIMENSIONS = 12;
/** How strongly taste and general appeal move the odds of liking; the last one sets the average reader's scepticism. */
const ODDS = { taste: 2, appeal: 0.4, offset: -4.5 };
/** A share of readings has nothing to do with taste: gifts, school, a wrong click. */
const RANDOM_READING_SHARE = 0.01;
const READINGS = { least: 14, most: 70 };

const normalVector = (length: number, scale: number, draw: Random) =>
  Float64Array.from({ length }, () => scale * draw.normal());

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A book's vector: its genre's direction and a part of its own. */
function bookTaste(genre: Float64Array, draw: Random): Float64Array {
  const own = normalVector(TASTE_DIMENSIONS, 0.35, draw);
  return own.map((x, i) => x + genre[i]!);
}

/** A reader's vector: two favourite genres in unequal parts, and a part of their own. */
function readerTaste(genres: readonly Float64Array[], draw: Random): Float64Array {
  const first = genres[draw.integer(genres.length)]!;
  const second = genres[draw.integer(genres.length)]!;
  const share = 0.5 + 0.5 * draw.uniform();
  const own = normalVector(TASTE_DIMENSIONS, 0.35, draw);
  return own.map((x, i) => x + share * first[i]! + (1 - share) * second[i]!);
}

/**
 * What one reader read, in order. Sampling `count` items without replacement with probability proportional to
 * weight = taking the `count` largest log(weight) + Gumbel noise (Vieira 2014, "Gumbel-max trick and weighted
 * reservoir sampling"). The order in time is drawn apart: early readings are not the better liked ones.
 */
function drawReadings(count: number, weight: (item: number) => number, items: number, draw: Random): number[] {
  const keys = Float64Array.from({ length: items }, (_, item) => {
    const gumbel = -Math.log(-Math.log(draw.uniform() + 1e-12) + 1e-12);
    return Math.log(weight(item)) + gumbel;
  });
  const byKey = Array.from(keys.keys()).sort((a, b) => keys[b]! - keys[a]! || a - b);
  return shuffle(byKey.slice(0, count), draw);
}

/** Fisher–Yates, in place. */
function shuffle<T>(values: T[], draw: Random): T[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = draw.integer(i + 1);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

function composeBooks(items: number, draw: Random): { books: Book[]; genreOf: number[] } {
  const taken = new Map<string, number>();
  const genreOf = Array.from({ length: items }, () => draw.integer(GENRES.length));
  return { genreOf, books: genreOf.map((genre, i) => composeBook(i + 1, GENRES[genre]!, taken, draw)) };
}

/** `exposure`: how much each book is seen, [N]; `draw`: the stream to draw readings from. */
function openShop(size: WorldSize): { shop: Shop; exposure: Float64Array; draw: Random } {
  const draw = random(size.seed);
  const genres = GENRES.map(() => normalVector(TASTE_DIMENSIONS, 1 / Math.sqrt(TASTE_DIMENSIONS) + 0.15, draw));
  const { books, genreOf } = composeBooks(size.items, draw);
  const bookTastes = genreOf.map((genre) => bookTaste(genres[genre]!, draw));
  const appeal = normalVector(size.items, 1, draw);
  // Shelf space follows appeal loosely: being seen often is not the same as being good.
  const exposure = appeal.map((a) => Math.exp(0.4 * a + 0.4 * draw.normal()));
  const readerTastes = Array.from({ length: size.users }, () => readerTaste(genres, draw));

  const likes = (user: number, item: number) =>
    sigmoid(ODDS.taste * dot(readerTastes[user]!, bookTastes[item]!) + ODDS.appeal * appeal[item]! + ODDS.offset);
  const userIds = Array.from({ length: size.users }, (_, i) => `reader-${String(i + 1).padStart(4, '0')}`);
  return { shop: { size, userIds, books, likes }, exposure, draw };
}

/** The shop of `generateWorld` without its history, which takes most of the time. */
export const generateShop = (size: WorldSize = BOOKS_WORLD): Shop => openShop(size).shop;

/** The same size and seed give the same world. */
export function generateWorld(size: WorldSize = BOOKS_WORLD): World {
  const { shop, exposure, draw } = openShop(size);
  const readings: Reading[] = [];
  for (let user = 0; user < size.users; user++) {
    // Squaring skews activity: many occasional readers, few who read a lot.
    const count = READINGS.least + Math.floor((READINGS.most - READINGS.least) * draw.uniform() ** 2);
    const weight = (item: number) => exposure[item]! * (shop.likes(user, item) + RANDOM_READING_SHARE);
    drawReadings(Math.min(count, size.items), weight, size.items, draw)
      .forEach((item, order) => readings.push({ user, item, order }));
  }
  return { ...shop, readings };
}
