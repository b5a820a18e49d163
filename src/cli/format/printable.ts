/** Makes text from anywhere harmless to a terminal: what could act there becomes visible instead. */

/**
 * Controls (C0, DEL, C1), line separators, and the marks that reorder or hide text. Names come from an account that
 * many people edit, so none of them may move the cursor, set a title, or show something other than what is stored.
 */
const acting =
  /[\u0000-\u001f\u007f-\u009f\u061c\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const actingInLines =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
/** The colours that the program itself uses. */
const ownColor = /\u001b\[(?:1|2|22|31|32|33|36|39)m/g;
const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return names[character] ?? (code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');

/** One line's worth of data: whatever could act in a terminal is shown as an escape such as `\e`, line breaks too. */
export function printable(text: string): string {
  return text.replace(acting, visible);
}

/** Text that the program has laid out: its own line breaks and colours stay. */
export function printableLines(text: string): string {
  if (text.search(actingInLines) === -1) return text;
  let safe = '';
  let end = 0;
  for (const match of text.matchAll(ownColor)) {
    safe += text.slice(end, match.index).replace(actingInLines, visible) + match[0];
    end = match.index + match[0].length;
  }
  return safe + text.slice(end).replace(actingInLines, visible);
}
