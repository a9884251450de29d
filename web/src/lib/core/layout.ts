/**
 * Where boxes go: lanes of a timeline row, columns of a day, and the pieces of an event that crosses midnight.
 * Pure arithmetic on intervals `[from, until)`; nothing here measures the page.
 */
import { DAY_MS, type WallMs } from './time';

/** The times of an event in a view: set-up `[from, start)`, the event `[start, end)`, teardown `[end, until)`. */
export interface Span {
  from: WallMs;
  start: WallMs;
  end: WallMs;
  until: WallMs;
}

/** The part of a span that falls into one day (or one view). */
export interface Piece<T extends Span> {
  item: T;
  /** Index of the day in the view. */
  day: number;
  from: WallMs;
  start: WallMs;
  end: WallMs;
  until: WallMs;
  /** Whether the event itself begins (ends) in this piece, so that its bar (its corner) is drawn. */
  startsHere: boolean;
  endsHere: boolean;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Cuts a span to `[low, high)`; undefined when nothing of it lies inside. */
export function clip<T extends Span>(item: T, low: WallMs, high: WallMs, day = 0): Piece<T> | undefined {
  const until = Math.max(item.until, item.from + 1); // an event of no length still shows
  if (item.from >= high || until <= low) return undefined;
  return {
    item,
    day,
    from: clamp(item.from, low, high),
    start: clamp(item.start, low, high),
    end: clamp(item.end, low, high),
    until: clamp(until, low, high),
    startsHere: item.start >= low && item.start < high,
    endsHere: item.end > low && item.end <= high,
  };
}

/** Splits a span at each midnight of a view of `days` days. */
export function splitByDay<T extends Span>(item: T, firstDay: WallMs, days: number): Piece<T>[] {
  const first = Math.max(0, Math.floor((item.from - firstDay) / DAY_MS));
  const pieces: Piece<T>[] = [];
  for (let day = first; day < days; day++) {
    const low = firstDay + day * DAY_MS;
    if (item.until <= low && item.from < low) break;
    const piece = clip(item, low, low + DAY_MS, day);
    if (piece) pieces.push(piece);
  }
  return pieces;
}

/** Only the set-up and the teardown of a span by day: for what is drawn elsewhere as whole days. */
export function buffersByDay<T extends Span>(item: T, firstDay: WallMs, days: number): Piece<T>[] {
  const { from, start, end, until } = item;
  const setup = { from, start, end: start, until: start };
  const teardown = { from: end, start: end, end, until };
  return [setup, teardown]
    .filter((buffer) => buffer.until > buffer.from)
    .flatMap((buffer) => splitByDay(buffer, firstDay, days))
    .map((piece) => ({ ...piece, item, startsHere: false, endsHere: false }));
}

/** Anything that takes room along one axis. */
export interface Extent {
  from: number;
  until: number;
}

export interface Lanes<T> {
  placed: { item: T; lane: number }[];
  count: number;
}

/** First-fit lanes: items of one lane never overlap; a later item takes the lowest lane that is free. */
export function lanes<T extends Extent>(items: readonly T[]): Lanes<T> {
  const sorted = [...items].sort((a, b) => a.from - b.from || b.until - a.until);
  const ends: number[] = [];
  const placed = sorted.map((item) => {
    let lane = ends.findIndex((end) => end <= item.from);
    if (lane < 0) lane = ends.length;
    ends[lane] = item.until;
    return { item, lane };
  });
  return { placed, count: ends.length };
}

export interface Column<T> {
  item: T;
  column: number;
  columns: number;
  /** How many columns the item may take, because those to its right are free all the while. */
  span: number;
}

/** Side-by-side columns for a day: each run of overlapping items shares the width, and free room is used. */
export function columns<T extends Extent>(items: readonly T[]): Column<T>[] {
  const sorted = [...items].sort((a, b) => a.from - b.from || b.until - a.until);
  const result: Column<T>[] = [];
  let run: Column<T>[] = [];
  let ends: number[] = [];
  let runEnd = -Infinity;
  const close = () => {
    for (const entry of run) {
      entry.columns = ends.length;
      entry.span = freeSpan(entry, run, ends.length);
    }
    run = [];
    ends = [];
  };
  for (const item of sorted) {
    if (item.from >= runEnd) {
      close();
      runEnd = -Infinity;
    }
    let column = ends.findIndex((end) => end <= item.from);
    if (column < 0) column = ends.length;
    ends[column] = item.until;
    const entry = { item, column, columns: 1, span: 1 };
    run.push(entry);
    result.push(entry);
    runEnd = Math.max(runEnd, item.until);
  }
  close();
  return result;
}

function freeSpan<T extends Extent>(entry: Column<T>, run: readonly Column<T>[], count: number): number {
  let next = count;
  for (const { item, column } of run) {
    const meets = item.from < entry.item.until && entry.item.from < item.until;
    if (column > entry.column && meets) next = Math.min(next, column);
  }
  return next - entry.column;
}

/** The index of the first element of an ascending list that is greater than a value. */
export function upperBound(ascending: readonly number[], value: number): number {
  return partition(ascending.length, (index) => (ascending[index] ?? Infinity) <= value);
}

/** How many of the first `count` indexes hold, when all that hold come first: a binary search. */
export function partition(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
