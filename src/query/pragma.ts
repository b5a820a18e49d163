/** What a statement is by its first words. SQLite carries out some PRAGMAs while it prepares them, so they are told before. */

/** Those that describe the mirror, and may be asked about one table or index. */
const describing = new Set([
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
  'foreign_key_check',
  'integrity_check',
  'quick_check',
]);

/** The text from its first word on: blanks, comments and stray semicolons before it are left out. */
function fromFirstWord(text: string): string {
  return text.replace(/^(?:\s+|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/, '');
}

function after(word: string, text: string): string | null {
  const rest = fromFirstWord(text);
  const found = rest.slice(0, word.length).toLowerCase() === word && !/^\w/.test(rest.slice(word.length));
  return found ? rest.slice(word.length) : null;
}

function unexplained(text: string): string {
  const explained = after('explain', text);
  if (explained === null) return text;
  const query = after('query', explained);
  return (query === null ? null : after('plan', query)) ?? explained;
}

/** Whether it is a PRAGMA with a value that may change the connection, although it writes no file. */
export function setsPragma(text: string): boolean {
  const pragma = after('pragma', unexplained(text));
  if (pragma === null || !/[=(]/.test(pragma)) return false;
  const [, name = ''] = /^(?:\w+\s*\.\s*)?(\w+)/.exec(fromFirstWord(pragma)) ?? [];
  return !describing.has(name.toLowerCase());
}
