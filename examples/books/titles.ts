import type { Random } from './random.ts';

/** What a shop shows of a book. */
export interface Book {
  id: string;
  title: string;
  author: string;
  genre: string;
}

const NOUNS_BY_GENRE: Record<string, readonly string[]> = {
  mystery: ['Alibi', 'Cellar', 'Ledger', 'Witness', 'Locked Room', 'Inheritance', 'Lodger', 'Confession'],
  'science fiction': ['Orbit', 'Colony', 'Signal', 'Airlock', 'Machine', 'Horizon', 'Archive', 'Drift'],
  fantasy: ['Crown', 'Wyrm', 'Rune', 'Tower', 'Oath', 'Wanderer', 'Thorn', 'Covenant'],
  romance: ['Letter', 'Summer', 'Promise', 'Harbour', 'Orchard', 'Wedding', 'Secret', 'Waltz'],
  history: ['Empire', 'Siege', 'Treaty', 'Frontier', 'Republic', 'Voyage', 'Harvest', 'Dynasty'],
  cooking: ['Kitchen', 'Table', 'Loaf', 'Garden', 'Season', 'Market', 'Feast', 'Larder'],
  travel: ['Road', 'Island', 'Pass', 'River', 'Night Train', 'Coast', 'Border', 'Caravan'],
  science: ['Atom', 'Cell', 'Theorem', 'Telescope', 'Species', 'Element', 'Brain', 'Tide'],
  business: ['Startup', 'Margin', 'Meeting', 'Founder', 'Balance', 'Brand', 'Decision', 'Factory'],
  horror: ['Attic', 'Hollow', 'Visitor', 'Well', 'Mirror', 'Choir', 'Marsh', 'Hunger'],
};

const QUALITIES = [
  'Quiet', 'Last', 'Hidden', 'Crooked', 'Silver', 'Forgotten', 'Distant', 'Second', 'Paper', 'Burning',
  'Patient', 'Salted', 'Borrowed', 'Northern', 'Glass', 'Unfinished', 'Early', 'Hundredth', 'Wild', 'Narrow',
];
const FIRST_NAMES = ['Ada', 'Bruno', 'Celia', 'Dmitri', 'Esme', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Keiko', 'Lars'];
const LAST_NAMES = ['Abel', 'Brandt', 'Castell', 'Dorn', 'Eskola', 'Falk', 'Grau', 'Holm', 'Ibarra', 'Juhl', 'Kaya', 'Lindqvist'];

export const GENRES: readonly string[] = Object.keys(NOUNS_BY_GENRE);

const pick = <T>(from: readonly T[], random: Random): T => from[random.integer(from.length)]!;

/** Title `number`, e.g. "The Crooked Alibi"; a number is added when the same words come again ("… , Book 2"). */
export function composeBook(number: number, genre: string, taken: Map<string, number>, random: Random): Book {
  const words = `The ${pick(QUALITIES, random)} ${pick(NOUNS_BY_GENRE[genre] ?? [], random)}`;
  const volume = (taken.get(words) ?? 0) + 1;
  taken.set(words, volume);
  return {
    id: `book-${String(number).padStart(4, '0')}`,
    title: volume === 1 ? words : `${words}, Book ${volume}`,
    author: `${pick(FIRST_NAMES, random)} ${pick(LAST_NAMES, random)}`,
    genre,
  };
}
