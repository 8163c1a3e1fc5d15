/** What one look found. Unknown: it could not be looked at from here. */
export interface Check {
  what: string;
  result: 'Ok' | 'Advice' | 'Missing' | 'Unknown';
  says: string;
}
