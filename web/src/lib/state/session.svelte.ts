/** Who is signed in, and the lists that every page needs: calendars, categories, locations. */
import { ApiError, Client, isAbort } from '../api/client';
import type { Calendar, Category, Location, Me } from '../api/types';
import { Palette } from '../core/items';

type Phase = 'starting' | 'signed-out' | 'ready' | 'failed';

class Session {
  phase = $state<Phase>('starting');
  error = $state.raw<ApiError>();
  me = $state.raw<Me>();
  calendars = $state.raw<Calendar[]>([]);
  categories = $state.raw<Category[]>([]);
  locations = $state.raw<Location[]>([]);

  readonly palette = $derived(new Palette(this.categories, this.calendars));
  readonly localCalendars = $derived(
    this.calendars.filter((calendar) => !calendar.outlook_calendar_id && calendar.can_edit !== false),
  );

  async start(): Promise<void> {
    try {
      this.me = await api.me();
      await this.reloadLists();
      this.phase = 'ready';
    } catch (error) {
      if (isAbort(error) || (this.phase as Phase) === 'signed-out') return;
      this.error = error instanceof ApiError ? error : undefined;
      this.phase = 'failed';
    }
  }

  /** Reads the lists again, for instance after a sync found a new calendar. */
  async reloadLists(): Promise<void> {
    const [calendars, categories, locations] = await Promise.all([
      api.calendars(),
      api.categories(),
      api.locations(),
    ]);
    this.calendars = calendars;
    this.categories = categories.filter((category) => category.is_active !== false);
    this.locations = locations.filter((location) => location.is_active !== false);
  }

  async reloadMe(): Promise<void> {
    this.me = await api.me();
  }

  calendar(id: string): Calendar | undefined {
    return this.calendars.find((calendar) => calendar._id === id);
  }

  signedOut() {
    this.me = undefined;
    this.phase = 'signed-out';
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.signedOut();
  }
}

export const session = new Session();

export const api = new Client({
  fetch: (input, init) => fetch(input, init),
  onSignedOut: () => session.signedOut(),
  newId: () => {
    // randomUUID exists only in secure contexts; a house server on plain http is none.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  },
});
