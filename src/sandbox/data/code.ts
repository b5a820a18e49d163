/** Made-up code and styles of the size and shape that editors of experiments produce. */
import { between, pick, type Random } from '../random.ts';

const selectors = [
  '.headline',
  '#buy',
  'div.cart > button',
  '.hero img:first',
  'nav li:nth-child(3) a',
  '[data-qa="price"]',
];
const copies = [
  'Buy now',
  'Start your free trial',
  'Only 3 left!',
  '今すぐ購入',
  'Jetzt kaufen – 0 € Versand',
  "It's \\'fine\\'",
];
const colours = ['#ff7a00', '#0a0', 'rgba(20, 40, 60, .85)', 'transparent'];

type Line = (selector: string, copy: string, colour: string, n: number) => string;

const scriptLines: readonly Line[] = [
  (selector, copy) => `$("${selector}").text("${copy}");`,
  (selector, copy) => `$("${selector}").replaceWith("<span class=\\"opt\\" title=\\"new\\">${copy}</span>");`,
  (selector, _, colour, n) =>
    `$("${selector}").css({"background-color": "${colour}", "margin-top": "${n}px"});`,
  (selector) => `$("${selector}").detach().insertBefore($(".footer"));`,
  (selector, _, __, n) => `setTimeout(function () {\n  $("${selector}").fadeIn(${n * 10});\n}, ${n});`,
  (_, __, ___, n) =>
    `window['optimizely'] = window['optimizely'] || [];\nwindow.optimizely.push(["trackEvent", "step_${n}"]);`,
  (selector, copy, _, n) =>
    `if (location.search.indexOf('v=${n}') > -1 && $("${selector}").length) {\n  document.title = "${copy}";\n}`,
  (_, __, ___, n) =>
    `/* _optimizely_evaluate=force */ var optStart = +new Date() - ${n}; /* _optimizely_evaluate=safe */`,
];
const styleLines: readonly Line[] = [
  (selector, _, colour, n) => `${selector} {\n  color: ${colour};\n  padding: ${n % 40}px ${n % 24}px;\n}`,
  (selector) => `${selector}:hover { text-decoration: underline !important; }`,
  (selector, _, colour, n) =>
    `@media (max-width: ${n + 320}px) { ${selector} { border: 1px solid ${colour}; display: block } }`,
  (selector, copy) => `${selector}::after { content: "${copy}"; }`,
];

/** Usually a few lines, sometimes a few pages. */
export function script(random: Random): string {
  return code(random, scriptLines);
}
export function style(random: Random): string {
  return code(random, styleLines);
}

function code(random: Random, lines: readonly Line[]): string {
  const count = random() < 0.08 ? between(random, 30, 80) : between(random, 1, 9);
  const text: string[] = [];
  for (let i = 0; i < count; i++)
    text.push(
      pick(random, lines)(
        pick(random, selectors),
        pick(random, copies),
        pick(random, colours),
        between(random, 1, 400),
      ),
    );
  return text.join('\n');
}
