/**
 * The geometry of the room timeline: rows from the room list and from what the events say, and a horizontal scale
 * in wall time that may leave out the small hours when nothing begins or ends in them.
 */
import type { Location } from '../api/types';
import { nameKey, type Item } from './items';
import { clip, lanes, partition } from './layout';
import { DAY_MS, HOUR_MS, startOfDay, type WallMs } from './time';

const QUIET_UNTIL_HOUR = 6;

export class Scale {
  readonly firstDay: WallMs;
  readonly days: number;
  readonly fromHour: number;
  readonly hourPx: number;

  constructor(firstDay: WallMs, days: number, fromHour: number, hourPx: number) {
    this.firstDay = firstDay;
    this.days = days;
    this.fromHour = fromHour;
    this.hourPx = hourPx;
  }

  get dayPx(): number {
    return (24 - this.fromHour) * this.hourPx;
  }

  get width(): number {
    return this.dayPx * this.days;
  }

  /** Pixels from the left edge; hours that are left out collapse onto the morning. */
  x(wall: WallMs): number {
    const day = Math.min(this.days - 1, Math.max(0, Math.floor((wall - this.firstDay) / DAY_MS)));
    const hours = (wall - this.firstDay - day * DAY_MS) / HOUR_MS - this.fromHour;
    return day * this.dayPx + Math.min(24 - this.fromHour, Math.max(0, hours)) * this.hourPx;
  }
}

/** The first hour to draw: 6, or 0 when something begins or ends in the small hours. */
export function firstHour(items: readonly Item[]): number {
  const quiet = (wall: WallMs) => {
    const hours = (wall - startOfDay(wall)) / HOUR_MS;
    return hours === 0 || hours >= QUIET_UNTIL_HOUR;
  };
  return items.every((item) => item.allDay || (quiet(item.from) && quiet(item.until))) ? QUIET_UNTIL_HOUR : 0;
}

export interface Box {
  item: Item;
  /** Pixels: begin of the box, of the event, end of the event, of the box. */
  x0: number;
  xs: number;
  xe: number;
  x1: number;
  lane: number;
  day: number;
  startsHere: boolean;
  /** Extents for the lanes. */
  from: number;
  until: number;
}

/** What a row says of its room. */
export type Room = Pick<Location, 'name' | 'capacity' | 'address'>;

export interface Row {
  key: string;
  name: string;
  room: Room | undefined;
  /** By their left edges. */
  boxes: Box[];
  lanes: number;
  /** Width of the widest box, in pixels. */
  widest: number;
}

/** No box is narrower than a target that can be hit (WCAG 2.5.8). */
export const MIN_BOX_PX = 24;

/** Rooms of the list in their order, then places that only events name, then events without a place. */
export function timelineRows(rooms: readonly Room[], items: readonly Item[], scale: Scale): Row[] {
  const byRoom = new Map<string, Item[]>();
  for (const item of items) {
    const list = byRoom.get(item.roomKey);
    if (list) list.push(item);
    else byRoom.set(item.roomKey, [item]);
  }
  const rows: Row[] = [];
  const add = (key: string, name: string, room?: Room) => {
    const { boxes, count } = place(byRoom.get(key) ?? [], scale);
    byRoom.delete(key);
    if (!room && !boxes.length) return;
    const widest = boxes.reduce((most, { x0, until }) => Math.max(most, until - x0), 0);
    rows.push({ key, name, room, boxes, lanes: count, widest });
  };
  for (const room of rooms) add(nameKey(room.name), room.name, room);
  const noRoom = byRoom.get('');
  byRoom.delete('');
  for (const [key, list] of [...byRoom].sort(([a], [b]) => a.localeCompare(b)))
    add(key, list[0]?.room ?? key);
  if (noRoom) {
    byRoom.set('', noRoom);
    add('', '');
  }
  return rows;
}

/** The boxes of a row that show between two edges. Only those that begin near are looked at, however many there are. */
export function boxesBetween({ boxes, widest }: Row, left: number, right: number): Box[] {
  const first = partition(boxes.length, (index) => (boxes[index]?.x0 ?? 0) <= left - widest);
  const last = partition(boxes.length, (index) => (boxes[index]?.x0 ?? 0) < right);
  return boxes.slice(first, last).filter(({ until }) => until > left);
}

function place(items: readonly Item[], scale: Scale): { boxes: Box[]; count: number } {
  const high = scale.firstDay + scale.days * DAY_MS;
  const boxes: Box[] = [];
  for (const item of items) {
    const piece = clip(item, scale.firstDay, high);
    if (!piece) continue;
    const x0 = scale.x(piece.from);
    const x1 = endX(scale, piece.until);
    const box: Box = {
      item,
      x0,
      xs: scale.x(piece.start),
      xe: endX(scale, piece.end),
      x1,
      lane: 0,
      day: Math.max(0, Math.floor((piece.from - scale.firstDay) / DAY_MS)),
      startsHere: piece.startsHere,
      from: x0,
      until: Math.max(x1, x0 + MIN_BOX_PX),
    };
    boxes.push(box);
  }
  const { placed, count } = lanes(boxes);
  for (const { item: box, lane } of placed) box.lane = lane;
  return { boxes: placed.map(({ item }) => item), count };
}

/** An end at midnight belongs to the day before it, not to the morning after. */
function endX(scale: Scale, wall: WallMs): number {
  if (startOfDay(wall) !== wall) return scale.x(wall);
  const day = Math.round((wall - scale.firstDay) / DAY_MS);
  return Math.min(scale.days, Math.max(0, day)) * scale.dayPx;
}
