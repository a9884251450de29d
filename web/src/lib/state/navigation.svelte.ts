/** The current address as state, and the ways to change it. */
import { formatRoute, isPlainClick, NEW_EVENT, parseRoute, type Route, type Zoom } from '../core/router';
import { addDays, startOfWeek, today, type DayString } from '../core/time';
import { preferences } from './preferences.svelte';

/** Asks before a form with changes is left; true lets go. */
type Guard = () => Promise<boolean>;

class Navigation {
  route = $state.raw<Route>(
    parseRoute(location.pathname, location.search) ?? { page: 'calendar', zoom: 'week' },
  );
  /** Now, refreshed every half minute, for the now line and for "today". */
  nowMs = $state(Date.now());
  guard: Guard | undefined;

  readonly today = $derived(today(preferences.zone, this.nowMs));
  readonly date = $derived(this.route.date ?? this.today);
  readonly days = $derived(this.route.zoom === 'day' ? 1 : 7);
  readonly firstDay = $derived(this.route.zoom === 'day' ? this.date : startOfWeek(this.date));

  start(): () => void {
    const onPop = () => {
      this.route = parseRoute(location.pathname, location.search) ?? { page: 'calendar', zoom: 'week' };
    };
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.('a[href]');
      if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
      const route = parseRoute(link.pathname, link.search);
      if (!route || !isPlainClick(event)) return;
      event.preventDefault();
      void this.go(route);
    };
    addEventListener('popstate', onPop);
    document.addEventListener('click', onClick);
    const clock = setInterval(() => (this.nowMs = Date.now()), 30_000);
    history.replaceState(null, '', formatRoute(this.route));
    return () => {
      removeEventListener('popstate', onPop);
      document.removeEventListener('click', onClick);
      clearInterval(clock);
    };
  }

  async go(route: Route): Promise<void> {
    if (this.guard && route.event !== this.route.event && !(await this.guard())) return;
    const address = formatRoute(route);
    if (address === formatRoute(this.route)) return;
    history.pushState(null, '', address);
    this.route = route;
  }

  open = (id: string) => this.go({ ...this.route, event: id });
  openNew = () => this.go({ ...this.route, page: this.#calendarPage(), event: NEW_EVENT });
  close = () => this.go({ ...this.route, event: undefined });

  /** Another day; undefined is today. An open event stays open. */
  showDay = (date: DayString | undefined) => this.go({ ...this.route, page: this.#calendarPage(), date });
  step = (direction: 1 | -1) => this.showDay(addDays(this.date, direction * this.days));
  setZoom = (zoom: Zoom) => this.go({ ...this.route, zoom });

  #calendarPage() {
    return this.route.page === 'rooms' ? 'rooms' : 'calendar';
  }
}

export const navigation = new Navigation();
