/** Who is signed in, and the lists that every page needs: calendars, categories, locations. */
import { ApiError, Client, isAbort } from '../api/client';
import type { Calendar, Category, Location, Me, User } from '../api/types';
import { Palette } from '../core/items';
import { preferences } from './preferences.svelte';

type Phase = 'starting' | 'signed-out' | 'ready' | 'failed';

class Session {
  phase = $state<Phase>('starting');
  /** Signed out by the server, in the midst of whatever the person did. */
  isExpired = $state(false);
  /** What is done while the forms are still there. */
  readonly atExpiry = new Set<() => void>();
  error = $state.raw<ApiError>();
  me = $state.raw<Me>();
  calendars = $state.raw<Calendar[]>([]);
  categories = $state.raw<Category[]>([]);
  locations = $state.raw<Location[]>([]);
  /** Everybody, for an administrator, who sees everybody's calendars; else empty. */
  people = $state.raw<User[]>([]);

  readonly palette = $derived(new Palette(this.categories, this.calendars));
  readonly ownCalendars = $derived(this.calendars.filter(({ user_id }) => user_id === this.me?._id));
  readonly localCalendars = $derived(
    this.ownCalendars.filter((calendar) => !calendar.outlook_calendar_id && calendar.can_edit),
  );

  async start(): Promise<void> {
    try {
      this.me = await api.me();
      preferences.follow(this.me.preferences, (choices) => api.keepPreferences(choices));
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
    const [calendars, categories, locations, people] = await Promise.all([
      api.calendars(),
      api.categories(),
      api.locations(),
      this.me?.role === 'admin' ? api.people() : [],
    ]);
    this.people = people;
    this.calendars = calendars;
    this.categories = categories.filter((category) => category.is_active).sort(byEntry);
    this.locations = locations.filter((location) => location.is_active).sort(byEntry);
  }

  async reloadMe(): Promise<void> {
    this.me = await api.me();
  }

  calendar(id: string): Calendar | undefined {
    return this.calendars.find((calendar) => calendar._id === id);
  }

  /** A calendar's name, with its owner where that is somebody else; empty for an unknown one. */
  calendarName(id: string): string {
    const calendar = this.calendar(id);
    if (!calendar) return '';
    const owner = calendar.user_id === this.me?._id ? undefined : this.person(calendar.user_id);
    return owner ? `${calendar.name} (${owner})` : calendar.name;
  }

  person(id: string): string | undefined {
    return this.people.find(({ _id }) => _id === id)?.display_name;
  }

  signedOut(isExpired: boolean) {
    if (this.phase === 'signed-out') return;
    this.isExpired = isExpired && this.phase === 'ready';
    if (this.isExpired) for (const keep of this.atExpiry) keep();
    this.me = undefined;
    this.phase = 'signed-out';
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.signedOut(false);
  }
}

/** As they were entered, which is how a house counts its rooms: an id begins with the time it was made. */
const byEntry = (a: { _id: string }, b: { _id: string }) => (a._id < b._id ? -1 : 1);

export const session = new Session();

export const api = new Client({
  fetch: (input, init) => fetch(input, init),
  onSignedOut: () => session.signedOut(true),
  newId: () => {
    // randomUUID exists only in secure contexts; a house server on plain http is none.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  },
});
