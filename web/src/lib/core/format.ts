/** Dates and numbers as people read them, in the language of `text.ts`. All take wall time, so none knows a zone. */
import { locale } from '../text';
import { DAY_MS, formatClock, startOfDay, type WallMs } from './time';

const formatter = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options });

const shortDay = formatter({ weekday: 'short', day: 'numeric', month: 'short' });
const longDay = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const month = formatter({ month: 'long', year: 'numeric' });
const shortDate = formatter({ day: 'numeric', month: 'short', year: 'numeric' });
const weekdayShort = formatter({ weekday: 'short' });
const count = new Intl.NumberFormat(locale);

const shortDays = new Map<WallMs, string>();

/** `Mon 23 Nov`; remembered, because every event of a day asks for it. */
export function dayShort(wall: WallMs): string {
  const day = startOfDay(wall);
  let words = shortDays.get(day);
  if (words === undefined) {
    if (shortDays.size > 1000) shortDays.clear();
    words = shortDay.format(day).replace(',', '');
    shortDays.set(day, words);
  }
  return words;
}
/** `Monday 23 November 2026` */
export const dayLong = (wall: WallMs): string => longDay.format(wall).replace(',', '');
/** `November 2026` */
export const monthLong = (wall: WallMs): string => month.format(wall);
/** `23 Nov 2026` */
export const dateShort = (wall: WallMs): string => shortDate.format(wall);
/** `Mon` */
export const weekday = (wall: WallMs): string => weekdayShort.format(wall);
/** `1,234` */
export const number = (value: number): string => count.format(value);

const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

/** `812 B`, `48 kB`, `1.2 MB`: thousands, as file managers count. */
export function fileSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${size < 10 && unit > 0 ? tenths.format(size) : count.format(Math.round(size))} ${units[unit]}`;
}

/** `23 – 29 November 2026`, `30 November – 6 December 2026`; `until` is exclusive. */
export function dayRange(from: WallMs, until: WallMs, monthStyle: 'long' | 'short' = 'long'): string {
  const last = until - DAY_MS;
  if (last <= from) return monthStyle === 'long' ? dayLong(from) : dayShort(from);
  const a = new Date(from);
  const b = new Date(last);
  const part = (options: Intl.DateTimeFormatOptions, wall: number) => formatter(options).format(wall);
  if (a.getUTCFullYear() !== b.getUTCFullYear()) return `${dateShort(from)} – ${dateShort(last)}`;
  if (a.getUTCMonth() !== b.getUTCMonth())
    return `${part({ day: 'numeric', month: monthStyle }, from)} – ${part({ day: 'numeric', month: monthStyle, year: 'numeric' }, last)}`;
  return `${a.getUTCDate()} – ${part({ day: 'numeric', month: monthStyle, year: 'numeric' }, last)}`;
}

/** `09:00–16:00` */
export const clockRange = (start: WallMs, end: WallMs): string => `${formatClock(start)}–${formatClock(end)}`;

/** `Mon 23 Nov, 09:00–16:00`, or with both days when it passes midnight. */
export function timeRange(start: WallMs, end: WallMs, allDay: boolean, day = dayShort): string {
  const firstDay = startOfDay(start);
  if (allDay) {
    const last = end - DAY_MS;
    return last <= firstDay ? day(firstDay) : `${day(firstDay)} – ${day(last)}`;
  }
  if (startOfDay(end) === firstDay || end - firstDay === DAY_MS)
    return `${day(firstDay)}, ${clockRange(start, end)}`;
  return `${day(firstDay)}, ${formatClock(start)} – ${day(startOfDay(end))}, ${formatClock(end)}`;
}

/** `Mon 23 Nov 2026` */
export const dayOfYear = (wall: WallMs): string => `${dayShort(wall)} ${new Date(wall).getUTCFullYear()}`;

/** `1 h 30 min` */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!hours) return `${rest} min`;
  return rest ? `${hours} h ${rest} min` : `${hours} h`;
}
