/**
 * Addresses of the app: pages, and what is open on them. All state that a person would want to share or to find
 * again with "back" is in the address: page, day, zoom, and the open event.
 */
import { addressed, base, within } from './base';
import { isDay, type DayString } from './time';

export const PAGES = ['calendar', 'rooms', 'sync', 'settings', 'removed'] as const;
export type Page = (typeof PAGES)[number];
export type Zoom = 'week' | 'day';

export interface Route {
  page: Page;
  /** The day that is looked at; undefined means today. */
  date?: DayString;
  zoom: Zoom;
  /** Id of the event in the panel; `new` for the form of a new event. */
  event?: string;
}

export const NEW_EVENT = 'new';

/** Reads an address; undefined for one that is not ours. */
export function parseRoute(path: string, search: string, under = base): Route | undefined {
  const own = within(path, under);
  if (own === undefined) return undefined;
  const name = own.replace(/^\/+|\/+$/g, '') || 'calendar';
  const page = PAGES.find((known) => known === name);
  if (!page) return undefined;
  const query = new URLSearchParams(search);
  const route: Route = { page, zoom: query.get('zoom') === 'day' ? 'day' : 'week' };
  const date = query.get('date');
  const event = query.get('event');
  if (isDay(date)) route.date = date;
  if (event) route.event = event;
  return route;
}

export function formatRoute(route: Route, under = base): string {
  const query = new URLSearchParams();
  if (route.date) query.set('date', route.date);
  if (route.zoom === 'day') query.set('zoom', 'day');
  if (route.event) query.set('event', route.event);
  const text = query.toString();
  return addressed(`/${route.page}${text ? `?${text}` : ''}`, under);
}

/** Whether a click on a link should change the page here instead of loading a document. */
export function isPlainClick(event: {
  button: number;
  metaKey: boolean;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  defaultPrevented: boolean;
}): boolean {
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return event.button === 0 && !modified && !event.defaultPrevented;
}
