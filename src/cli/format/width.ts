/** How many cells of a terminal a text takes, and where to cut it. */
type Measure = (text: string) => number;

/** Text of one cell a character, which nearly all of it is. */
const simple = /^[\x20-\x7e]*$/;
let measure: Measure | undefined;

/**
 * Prepares for these texts. The tables of wide characters take longer to load than a whole command runs, so they are
 * loaded only where there is something wide to measure.
 */
export async function prepareWidths(texts: Iterable<string>): Promise<void> {
  if (measure) return;
  for (const text of texts) {
    if (simple.test(text)) continue;
    measure = (await import('string-width')).default;
    return;
  }
}

/** The cells that a text takes; `prepareWidths` has seen it. */
export function widthOf(text: string): number {
  return simple.test(text) || measure === undefined ? text.length : measure(text);
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
