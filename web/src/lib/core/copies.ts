/**
 * One meeting that stands in several people's calendars. An administrator reads all of them; the venue takes place
 * once, so views draw one of the copies, and copies do not clash with each other.
 */
import type { Item } from './items';

/** Without the further copies: kept is the copy of `me`, else the one that occupies the room longest. */
export function withoutCopies(items: readonly Item[], me: string | undefined): Item[] {
  const kept = new Map<string, Item>();
  for (const item of items) {
    const key = meetingKey(item);
    const known = kept.get(key);
    if (!known || (known.event.user_id !== item.event.user_id && isBetter(item, known, me)))
      kept.set(key, item);
    else if (known.event.user_id === item.event.user_id) kept.set(`${key} ${item.id}`, item);
  }
  const shown = new Set(kept.values());
  return items.filter((item) => shown.has(item));
}

/** What copies have in common. A second booking of one person under the same name is a booking of its own. */
function meetingKey(item: Item): string {
  return JSON.stringify([item.title, item.start, item.end, item.allDay, item.roomKey, item.status]);
}

function isBetter(item: Item, known: Item, me: string | undefined): boolean {
  const [isMine, wasMine] = [item, known].map(({ event }) => event.user_id === me);
  return isMine !== wasMine ? isMine === true : item.until - item.from > known.until - known.from;
}
