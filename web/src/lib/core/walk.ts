/** Arrow keys over a view: rows of boxes, walked along a row and across to the nearest box of another row. */
export interface Stop {
  id: string;
  /** Where the box begins along its row. */
  at: number;
}

export type Rows = readonly (readonly Stop[])[];
export type Step = 'back' | 'forward' | 'before' | 'after' | 'first' | 'last';

export interface Found {
  id: string;
  row: number;
}

/** The box that a step from the box `id` in row `row` leads to; undefined at the rim. */
export function walk(rows: Rows, row: number, id: string, step: Step): Found | undefined {
  const stops = rows[row] ?? [];
  const index = stops.findIndex((stop) => stop.id === id);
  const here = stops[index];
  if (!here) return undefined;
  const found = (stop: Stop | undefined, inRow = row) => (stop ? { id: stop.id, row: inRow } : undefined);
  switch (step) {
    case 'back':
      return found(stops[index - 1]);
    case 'forward':
      return found(stops[index + 1]);
    case 'first':
      return found(stops[0]);
    case 'last':
      return found(stops[stops.length - 1]);
    case 'before':
    case 'after': {
      const by = step === 'before' ? -1 : 1;
      for (let next = row + by; next >= 0 && next < rows.length; next += by) {
        const nearest = closest(rows[next] ?? [], here.at);
        if (nearest) return found(nearest, next);
      }
      return undefined;
    }
  }
}

function closest(stops: readonly Stop[], at: number): Stop | undefined {
  let best: Stop | undefined;
  for (const stop of stops) if (!best || Math.abs(stop.at - at) < Math.abs(best.at - at)) best = stop;
  return best;
}
