/** What other programs write for JSON, and how they write JSON; looked for outside of strings, the first that is found. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/^\s*[[{]\s*'/, 'strings have double quotes: write it with json.dumps'],
  [/\b(NaN|Infinity)\b/, 'NaN and Infinity are not JSON: write null or leave the field out (json.dumps with allow_nan=False finds them)'],
  [/\b(None|True|False)\b/, "Python's None, True and False are null, true and false in JSON: write it with json.dumps"],
];
/** One that does not end reaches to the end of the text: each character is looked at once, whatever the text. */
const STRING = /"(?:[^"\\]|\\.?)*(?:"|$)/gs;
/** Characters of a long file that are searched for habits. */
const SEARCHED = 65_536;
/** V8 quotes the text around a fault: `Unexpected token 'N', ..."{"score":NaN}" is not valid JSON`. */
const QUOTED_TEXT = /, (?:\.\.\.)?".*$/s;

/**
 * Why `text` is no JSON, for the end of a sentence: the parser's words without the text around the fault, which may
 * name a user.
 * @param error what JSON.parse threw
 */
export function whyNotJson(text: string, error: unknown): string {
  const words = (error instanceof Error ? error.message : String(error)).replace(QUOTED_TEXT, '');
  const bare = text.slice(0, SEARCHED).replace(STRING, '""');
  const habit = HABITS.find(([pattern]) => pattern.test(bare))?.[1];
  return [`${words.charAt(0).toLowerCase()}${words.slice(1)}`, habit].filter((part) => part !== undefined).join('; ');
}
