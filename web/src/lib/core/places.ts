/** What stands under the name of a room: how many people it holds, and where in the house it is. */
import { text } from '../text';
import { nameKey } from './items';
import type { Room } from './timeline';

/**
 * Subtitles by room key: `420 pax · Ground floor`. What the addresses of all rooms begin with, usually the name of
 * the house, tells no room from another and is left out.
 */
export function roomSubtitles(rooms: readonly Room[]): Map<string, string> {
  const parts = rooms.map(({ address }) => (address ?? '').split(',').map((part) => part.trim()));
  const given = parts.filter(([first]) => first);
  let common = 0;
  if (given.length > 1)
    while (given.every((list) => common < list.length - 1 && list[common] === given[0]?.[common])) common++;
  return new Map(
    rooms.map(({ name, capacity }, index) => [
      nameKey(name),
      [capacity ? text.view.capacity(capacity) : '', parts[index]?.slice(common).join(', ')]
        .filter(Boolean)
        .join(' · '),
    ]),
  );
}
