/** A free place of a view that was pointed at, where a new event may begin. */
import { HOUR_MS, type WallMs } from './time';

export interface Slot {
  start: WallMs;
  /** Name of the room; empty where the view has none. */
  room: string;
}

const STEP_MS = HOUR_MS / 2;
const LAST_MS = 24 * HOUR_MS - STEP_MS;

/** The half hour of a day at a distance from where its hours begin. */
export function slotStart(day: WallMs, px: number, hourPx: number, fromHour = 0): WallMs {
  const sinceMidnight = fromHour * HOUR_MS + (px / hourPx) * HOUR_MS;
  return day + Math.min(LAST_MS, Math.max(0, Math.floor(sinceMidnight / STEP_MS) * STEP_MS));
}

/** Hears of clicks on free places: elements that have `data-slot` themselves, not what lies on them. */
export function clickedSlot(
  run: (place: HTMLElement, event: MouseEvent) => void,
): (view: HTMLElement) => () => void {
  return (view) => {
    const onclick = (event: MouseEvent) => {
      if (event.target instanceof HTMLElement && event.target.dataset['slot']) run(event.target, event);
    };
    view.addEventListener('click', onclick);
    return () => view.removeEventListener('click', onclick);
  };
}
