/** How wide columns are that share a terminal: every one has its least, and what room is left is given out evenly. */

/** What stands between two columns. */
export const gap = '  ';

const sum = (widths: readonly number[]) => widths.reduce((all, width) => all + width, 0);

/** The cells that columns take, with what stands between them. */
export const cellsOf = (widths: readonly number[]) => sum(widths) + gap.length * (widths.length - 1);

/** The widths narrowed until all columns fit into `room` cells; null where even the least ones do not. */
export function narrowed(widths: readonly number[], least: readonly number[], room: number): number[] | null {
  if (cellsOf(widths) <= room) return [...widths];
  if (cellsOf(least) > room) return null;
  const fitted = [...least];
  for (let left = room - cellsOf(least); left > 0; left--) {
    const index = neediest(widths, least, fitted);
    fitted[index] = (fitted[index] ?? 0) + 1;
  }
  return fitted;
}

/** The column that has been given the fewest cells, of those that still want one. */
function neediest(widths: readonly number[], least: readonly number[], fitted: readonly number[]): number {
  const given = fitted.map((width, index) =>
    width < (widths[index] ?? 0) ? width - (least[index] ?? 0) : Number.POSITIVE_INFINITY,
  );
  return given.indexOf(Math.min(...given));
}
