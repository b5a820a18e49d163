/** Small pictures of values over time, a line each, on one common scale so that they can be compared. */
import type { ReportTable, Series } from '../../query/reports/report.ts';
import type { Output } from '../streams.ts';
import { lookOf } from './looks.ts';
import { printable } from './printable.ts';
import { cut, pad, prepareWidths, widthOf } from './width.ts';

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** The time and the values that all series together cover; null where there is not one point. */
export function scaleOf(series: readonly Series[]): Scale | null {
  const points = series.flatMap((one) => one.points);
  const [first] = points;
  if (first === undefined) return null;
  let scale: Scale = { from: first.at, to: first.at, low: first.value, high: first.value };
  for (const { at, value } of points) {
    scale = {
      from: Math.min(scale.from, at),
      to: Math.max(scale.to, at),
      low: Math.min(scale.low, value),
      high: Math.max(scale.high, value),
    };
  }
  return scale;
}

/**
 * A series as `width` bars at equal distances in time, each as high as the last value until then; blank before the
 * first one.
 */
export function sparkline({ points }: Series, scale: Scale, width: number): string {
  let line = '';
  let next = 0;
  let value: number | undefined;
  for (let column = 0; column < width; column++) {
    const until = scale.from + ((scale.to - scale.from) * column) / Math.max(1, width - 1);
    for (let point = points[next]; point !== undefined && point.at <= until; point = points[++next])
      value = point.value;
    line += value === undefined ? ' ' : bar(value, scale);
  }
  return line;
}

function bar(value: number, { low, high }: Scale): string {
  const share = high === low ? 0.5 : (value - low) / (high - low);
  return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))] ?? '';
}

/** More bars than this tell no more; and a name needs no more than this. */
const mostBars = 60;
const widestLabel = 24;
/** Below so many cells there is no room for a first value beside the last. */
const narrow = 60;

type Picture = NonNullable<ReportTable['picture']>;

/** Draws each series in a line, with its name and its first and last value, and says below what the bars stand for. */
export async function writePicture(out: Output, { series, look }: Picture): Promise<void> {
  const scale = scaleOf(series);
  if (scale === null) return out.line(out.colors.dim('There are no values.'));
  const labels = series.map(({ label }) => printable(label));
  await prepareWidths(labels);
  const width = Math.min(widestLabel, Math.floor(out.width / 4), Math.max(...labels.map(widthOf)));
  const names = labels.map((label) => pad(cut(label, width), width));
  if (scale.from === scale.to) return writeMoment(out, { series, look }, names, scale.from);
  const ends = series.map(({ points }) => {
    const [first, last] = [points[0], points.at(-1)].map((point) => lookOf(look, point?.value));
    return out.width < narrow ? last : `${first} → ${last}`;
  });
  const room = out.width - width - Math.max(...ends.map((text = '') => text.length)) - 4;
  const bars = Math.max(1, Math.min(mostBars, room));
  for (const [index, one] of series.entries()) {
    await out.line(`${names[index]}  ${out.colors.cyan(sparkline(one, scale, bars))}  ${ends[index]}`);
  }
  for (const words of [sayTimes(scale), `▁ ${lookOf(look, scale.low)}  █ ${lookOf(look, scale.high)}`])
    await out.line(out.colors.dim(`${pad('', width)}  ${words}`));
}

/** A single moment makes no picture. */
async function writeMoment(out: Output, { series, look }: Picture, names: readonly string[], at: number) {
  for (const [index, { points }] of series.entries())
    await out.line(`${names[index]}  ${lookOf(look, points.at(-1)?.value)}`);
  await out.line(out.colors.dim(`Counted once so far: ${minute(at)}`));
}

const minute = (at: number) => lookOf('time', new Date(at).toISOString());

/** `2016-06-01 to 2016-06-05`, to the minute where it is one day. */
function sayTimes({ from, to }: Scale): string {
  const [first, last] = [minute(from), minute(to)];
  const [day, other] = [first.slice(0, 10), last.slice(0, 10)];
  return day === other ? `${first} to ${last.slice(11)}` : `${day} to ${other}`;
}
