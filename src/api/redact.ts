/** Takes the token out of texts that came from outside, so that no error, log or mirror repeats it. */

/** The secret part of a classic token stands before a colon; a shorter one would be found in any text. */
const shortestSecret = 8;

/** Finds the token as it is, its secret part alone, and the way it looks in a URL, in any case. */
export function redactor(token: string | undefined): (text: string) => string {
  if (!token) return (text) => text;
  const [secret = ''] = token.split(':');
  const forms = [token, encodeURIComponent(token), ...(secret.length >= shortestSecret ? [secret] : [])];
  const found = new RegExp(forms.map(escaped).join('|'), 'gi');
  return (text) => text.replace(found, '[token]');
}

function escaped(text: string): string {
  return text.replace(/[^\w]/g, '\\$&');
}
