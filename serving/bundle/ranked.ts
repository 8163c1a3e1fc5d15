/** One place of an answer. */
export interface RankedItem {
  /** Row of the bundle's items, or of its classes. */
  row: number;
  /** Score, or probability. */
  score: number;
}
