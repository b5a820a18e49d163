/** Text that a server chose, fit for an error's message: short, on one line, without anything that acts in a terminal. */

/** Control characters and those that turn the direction of text: a terminal must not obey what a server sends. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;
/** Far more than is ever kept; what lies beyond is not even looked at. */
const longestLookedAt = 20_000;

/** The text on one line, cut to `longest` characters. */
export function plain(text: string, longest: number): string {
  const shown = text.slice(0, longestLookedAt).replace(unprintable, ' ').replace(/ {2,}/g, ' ').trim();
  return shown.length > longest ? `${shown.slice(0, longest - 1).trimEnd()}…` : shown;
}
