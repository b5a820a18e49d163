/** How many cells of a terminal a text takes, and where to cut it. */
type Measure = (text: string) => number;

/**
 * Characters that never join their neighbours, of one cell: ASCII, Latin, Greek, Cyrillic, Hebrew, Arabic, punctuation,
 * arrows, lines and blocks; and of two: Chinese, Japanese, Korean. Nearly all text is made of them.
 */
const oneCell = String.raw`\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0556\u05d0-\u05ea\u0621-\u064a\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u259f`;
const twoCells = String.raw`\u3001-\u3020\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60`;
const ascii = /^[\x20-\x7e]*$/;
const plain = new RegExp(`^[${oneCell}${twoCells}]*$`);
const wide = new RegExp(`[${twoCells}]`, 'g');
let measure: Measure | undefined;

/**
 * Prepares for these texts. The tables for all of Unicode take longer to load than a whole command runs, and looking a
 * text up in them fifty times as long as counting, so they are for what can't be counted: joined emoji, accents apart.
 */
export async function prepareWidths(texts: Iterable<string>): Promise<void> {
  if (measure) return;
  for (const text of texts) {
    if (plain.test(text)) continue;
    measure = (await import('string-width')).default;
    return;
  }
}

/** The cells that a text takes; `prepareWidths` has seen it. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length;
  if (plain.test(text)) return text.length + (text.match(wide)?.length ?? 0);
  return measure?.(text) ?? text.length;
}

/** The text, cut to so many cells, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of segmenter().segment(text.slice(0, width * 8))) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

let shared: Intl.Segmenter | undefined;
/** By grapheme, so that no accent and no joined emoji is torn apart. */
function segmenter(): Intl.Segmenter {
  shared ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return shared;
}

/** The text, filled up with blanks. */
export function pad(text: string, width: number, right = false): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? blanks + text : text + blanks;
}
