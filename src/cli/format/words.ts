/** Numbers, times and counts in words. */
import ms from 'ms';

/** A count with separators: 12,345. */
export function count(many: number): string {
  return String(many).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 experiment`, `2 experiments`. */
export function counted(many: number, one: string, more = `${one}s`): string {
  return `${count(many)} ${many === 1 ? one : more}`;
}

/** `3 minutes ago`. */
export function ago(time: string, now: number): string {
  const elapsed = now - Date.parse(time);
  return Number.isFinite(elapsed) ? agoSince(elapsed) : time;
}

/** The same for a time that is so many milliseconds gone. */
export function agoSince(elapsed: number): string {
  return elapsed < 1000 ? 'just now' : `${ms(elapsed, { long: true })} ago`;
}

/** A duration as people say it: `420 ms`, `3.2 s`, `4 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A duration as an estimate has it: `20 s`, `3 min`, `1 h 20 min`. */
export function roughly(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 55) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ''}`;
}

/** A time that goes by second by second, such as a wait: `7 s`, `1 min 30 s`, `1 h`. */
export function seconds(milliseconds: number): string {
  const whole = Math.ceil(milliseconds / 1000);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const said = parts.filter(([many]) => many > 0).map(([many, unit]) => `${many} ${unit}`);
  return said.join(' ') || '0 s';
}
