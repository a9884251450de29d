/**
 * The events of the days on the screen. The old ones stay visible while new ones load; days seen before appear
 * at once and are read again behind the scenes. Live changes are gathered for a moment, then read together.
 */
import { ApiError, isAbort } from '../api/client';
import type { CalendarEvent } from '../api/types';
import { clashes, clashesById } from '../core/conflicts';
import { withoutCopies } from '../core/copies';
import { nameKey, toItem, type Item } from '../core/items';
import { addDays, parseDay, toApiInstant, type DayString } from '../core/time';
import { preferences } from './preferences.svelte';
import { api, session } from './session.svelte';

interface Range {
  from: DayString;
  days: number;
  zone: string;
  archived: boolean;
}

const GATHER_MS = 200;
const KEPT_RANGES = 12;

class EventStore {
  range = $state.raw<Range>();
  events = $state.raw<CalendarEvent[]>([]);
  /** The range that `events` belong to. */
  shown = $state.raw<Range>();
  loading = $state(false);
  error = $state.raw<ApiError>();
  /** The open event as the form would save it: drawn in place of the stored one. */
  preview = $state.raw<CalendarEvent>();

  readonly items = $derived.by((): Item[] => {
    const { zone } = preferences;
    const { palette } = session;
    const items = withoutCopies(
      this.events.map((event) => toItem(event, zone, palette)),
      session.me?._id,
    );
    const preview = this.preview;
    if (!preview) return items;
    const at = items.findIndex((item) => item.id === preview._id);
    const item = toItem(preview, zone, palette);
    if (at >= 0) items[at] = item;
    else if (!preview._id) items.push(item);
    return items;
  });
  readonly visible = $derived(
    preferences.hiddenCategories.size
      ? this.items.filter((item) => !preferences.hiddenCategories.has(item.category))
      : this.items,
  );
  readonly clashes = $derived(clashes(this.items));
  readonly clashesById = $derived(clashesById(this.clashes));
  /** Category names on the loaded events that are not in the list of categories. */
  readonly extraCategories = $derived.by(() => {
    const known = new Set(session.categories.map(({ name }) => nameKey(name)));
    const extra = new Set<string>();
    for (const item of this.items) if (item.category && !known.has(item.category)) extra.add(item.category);
    return [...extra].sort();
  });

  readonly #kept = new Map<string, CalendarEvent[]>();
  #request: AbortController | undefined;
  #gather: ReturnType<typeof setTimeout> | undefined;

  /** Shows days; does nothing when they are shown already. */
  show(from: DayString, days: number) {
    const range = { from, days, zone: preferences.zone.name, archived: preferences.showArchived };
    if (this.range && key(this.range) === key(range)) return;
    this.range = range;
    const kept = this.#kept.get(key(this.range));
    if (kept) this.#put(this.range, kept);
    void this.#load();
  }

  /** Reads the days again, soon and once, however often it is called meanwhile. */
  refresh() {
    if (this.#gather !== undefined) return;
    this.#gather = setTimeout(() => {
      this.#gather = undefined;
      void this.#load();
    }, GATHER_MS);
  }

  retry() {
    void this.#load();
  }

  /** Puts a saved event in its place without waiting for the next read. One of a series gets an id of its own. */
  accept(event: CalendarEvent, formerId = event._id) {
    if (this.events.some((known) => known._id === formerId))
      this.events = this.events.map((known) => (known._id === formerId ? event : known));
    this.#forget();
    this.refresh();
  }

  drop(id: string) {
    this.events = this.events.filter((event) => event._id !== id);
    this.#forget();
    this.refresh();
  }

  find(id: string): CalendarEvent | undefined {
    return this.events.find((event) => event._id === id);
  }

  clear() {
    this.#request?.abort();
    this.#kept.clear();
    this.events = [];
    this.range = this.shown = undefined;
  }

  async #load(): Promise<void> {
    const range = this.range;
    if (!range) return;
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    this.loading = true;
    try {
      const { zone } = preferences;
      const instant = (day: DayString) => toApiInstant(zone.toInstant(parseDay(day)));
      const events = await api.events(
        {
          from: instant(range.from),
          to: instant(addDays(range.from, range.days)),
          expand: 'occurrences',
          // A room is taken from set-up to teardown, also on a day that only these reach.
          occupied: true,
          ...(range.archived ? { include: 'archived' } : {}),
        },
        request.signal,
      );
      if (request.signal.aborted) return;
      this.#put(range, events);
      this.error = undefined;
    } catch (error) {
      if (isAbort(error) || request.signal.aborted) return;
      this.error = error instanceof ApiError ? error : undefined;
    }
    this.loading = false;
  }

  #put(range: Range, events: CalendarEvent[]) {
    this.events = events;
    this.shown = range;
    this.#kept.delete(key(range));
    this.#kept.set(key(range), events);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > KEPT_RANGES && !oldest.done) this.#kept.delete(oldest.value);
  }

  /** After a change, other days may hold old copies of the event. */
  #forget() {
    this.#kept.clear();
  }
}

const key = (range: Range) => `${range.zone} ${range.from} ${range.days} ${range.archived}`;

export const eventStore = new EventStore();
