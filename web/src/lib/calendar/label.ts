/** The name of an event for a screen reader: title, day, times, room, set-up, teardown, status, clashes. */
import type { Clash } from '../core/conflicts';
import { clockRange, dayShort, duration, timeRange } from '../core/format';
import { setupMinutes, teardownMinutes, type Item } from '../core/items';
import type { Piece } from '../core/layout';
import { MINUTE_MS } from '../core/time';
import { text } from '../text';

/** A name that goes on for minutes helps nobody; the panel lists them all. */
const MOST_CLASHES = 2;

export function itemLabel(item: Item, clashes: readonly Clash[]): string {
  const setup = setupMinutes(item);
  const teardown = teardownMinutes(item);
  return [
    item.title,
    timeRange(item.start, item.end, item.allDay),
    item.allDay ? text.block.allDay : '',
    item.room || text.view.noRoom,
    setup > 0 ? text.block.setup(duration(setup * MINUTE_MS)) : '',
    teardown > 0 ? text.block.teardown(duration(teardown * MINUTE_MS)) : '',
    text.block.status[item.status],
    item.event.sync_status === 'error' ? text.block.syncError : '',
    ...clashes.slice(0, MOST_CLASHES).map((clash) => clashText(item.id, clash)),
    clashes.length > MOST_CLASHES ? text.block.clashes(clashes.length) : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** An event in the list of one day: on a day that only set-up or teardown reaches, these and their hours. */
export function lineOfDay({ item, from, start, end, until, startsHere }: Piece<Item>): {
  when: string;
  title: string;
  isBuffer: boolean;
} {
  if (startsHere || end > start) {
    const when = item.allDay ? text.view.allDay : clockRange(item.start, item.end);
    return { when, title: item.title, isBuffer: false };
  }
  const buffer = from < item.start ? text.view.setup : text.view.teardown;
  return { when: clockRange(from, until), title: `${buffer}: ${item.title}`, isBuffer: true };
}

/** `90 min: set-up or teardown meets Charity gala, Thu 26 Nov` */
export function clashText(id: string, clash: Clash): string {
  const other = clash.earlier.id === id ? clash.later : clash.earlier;
  const words = clash.kind === 'event' ? text.clash.event : text.clash.buffer;
  return words(duration(clash.minutes * MINUTE_MS), `${other.title}, ${dayShort(other.start)}`);
}
