/** The current address as state, and the ways to change it. */
import { formatRoute, isPlainClick, NEW_EVENT, parseRoute, type Route, type Zoom } from '../core/router';
import type { Slot } from '../core/slot';
import { addDays, startOfWeek, today, type DayString } from '../core/time';
import { preferences } from './preferences.svelte';

/** A form with input that would be lost. */
export interface Guard {
  isDirty: () => boolean;
  /** Asks the person; true lets go. */
  ask: () => Promise<boolean>;
}

const HOME: Route = { page: 'calendar', zoom: 'week' };

class Navigation {
  route = $state.raw<Route>(parseRoute(location.pathname, location.search) ?? HOME);
  /** Now, refreshed every half minute, for the now line and for "today". */
  nowMs = $state(Date.now());
  /** Where a new event is to begin, when somebody pointed there. */
  slot = $state.raw<Slot>();
  guard: Guard | undefined;
  /** Which entry of the browser's history the page shows, counted from the first that is ours. */
  #index = indexOf(history.state) ?? 0;
  /** The entry that "back" or "forward" may go to without a question, because it was answered. */
  #letGo: number | undefined;

  readonly today = $derived(today(preferences.zone, this.nowMs));
  readonly date = $derived(this.route.date ?? this.today);
  readonly days = $derived(this.route.zoom === 'day' ? 1 : 7);
  readonly firstDay = $derived(this.route.zoom === 'day' ? this.date : startOfWeek(this.date));

  start(): () => void {
    const onPop = (event: PopStateEvent) => void this.#pop(indexOf(event.state));
    const onUnload = (event: BeforeUnloadEvent) => {
      if (this.guard?.isDirty()) event.preventDefault();
    };
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.('a[href]');
      if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
      const route = parseRoute(link.pathname, link.search);
      if (!route || !isPlainClick(event)) return;
      if (link.hash) return; // to a place on this page
      event.preventDefault();
      void this.go(route);
    };
    addEventListener('popstate', onPop);
    addEventListener('beforeunload', onUnload);
    document.addEventListener('click', onClick);
    const clock = setInterval(() => (this.nowMs = Date.now()), 30_000);
    history.replaceState({ index: this.#index }, '', formatRoute(this.route));
    return () => {
      removeEventListener('popstate', onPop);
      removeEventListener('beforeunload', onUnload);
      document.removeEventListener('click', onClick);
      clearInterval(clock);
    };
  }

  async go(route: Route): Promise<void> {
    if (!(await this.mayLeave(route))) return;
    const address = formatRoute(route);
    if (address === formatRoute(this.route)) return;
    this.#index += 1;
    history.pushState({ index: this.#index }, '', address);
    this.route = route;
  }

  /** Whether the open form may be left for another route, or for good; asks when there is input to lose. */
  async mayLeave(route?: Route): Promise<boolean> {
    if (!this.guard?.isDirty() || (route && route.event === this.route.event)) return true;
    return this.guard.ask();
  }

  /**
   * "Back" and "forward" have moved already when they are heard of. With input to lose, the browser is sent back to
   * where it was, and there again once the person agrees.
   */
  async #pop(index: number | undefined): Promise<void> {
    if (index === this.#index) return; // our own way back
    if (index === undefined) {
      // A link to a place on the page has made an entry of its own.
      this.#index += 1;
      history.replaceState({ index: this.#index }, '', formatRoute(this.route));
      return;
    }
    const route = parseRoute(location.pathname, location.search) ?? HOME;
    const isAsked = index !== this.#letGo && route.event !== this.route.event && this.guard?.isDirty();
    this.#letGo = undefined;
    if (!isAsked) {
      this.#index = index;
      this.route = route;
      return;
    }
    history.go(this.#index - index);
    if (!(await this.mayLeave(route))) return;
    this.#letGo = index;
    history.go(index - this.#index);
  }

  open = (id: string) => this.go({ ...this.route, event: id });
  openNew = () => this.#openNew(undefined);
  openNewAt = (slot: Slot) => this.#openNew(slot);
  close = () => this.go({ ...this.route, event: undefined });

  /** Another day; undefined is today. An open event stays open. */
  showDay = (date: DayString | undefined) => this.go({ ...this.route, page: this.#calendarPage(), date });
  step = (direction: 1 | -1) => this.showDay(addDays(this.date, direction * this.days));
  setZoom = (zoom: Zoom) => this.go({ ...this.route, zoom });

  #openNew(slot: Slot | undefined) {
    this.slot = slot;
    return this.go({ ...this.route, page: this.#calendarPage(), event: NEW_EVENT });
  }

  #calendarPage() {
    return this.route.page === 'rooms' ? 'rooms' : 'calendar';
  }
}

function indexOf(state: unknown): number | undefined {
  const index = (state as { index?: unknown } | null)?.index;
  return typeof index === 'number' ? index : undefined;
}

export const navigation = new Navigation();
