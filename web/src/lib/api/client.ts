/**
 * The only module that talks to the server: paths, headers and errors of `/api/v1` in one place, so that a
 * generated client can take over here without touching a view.
 */
import { addressed } from '../core/base';
import type {
  ApiToken,
  Calendar,
  CalendarChange,
  CalendarEvent,
  Category,
  EventPatch,
  Export,
  ExportOrder,
  HeldDeletions,
  Location,
  Me,
  NewEvent,
  NewToken,
  Page,
  Problem,
  SyncLog,
  SyncRun,
  User,
} from './types';

/** What the server (or the network) refused, with the problem document it gave. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }

  /** Messages by field name. */
  get fields(): Record<string, string> {
    return Object.fromEntries((this.problem.errors ?? []).map(({ field, message }) => [field, message]));
  }
}

export interface ClientOptions {
  fetch: typeof fetch;
  /** Called when an answer says that nobody is signed in. */
  onSignedOut: () => void;
  newId: () => string;
}

type Query = Record<string, string | number | boolean | undefined>;

interface RequestOptions {
  query?: Query;
  body?: unknown;
  /** The revision that the change is based on. */
  ifMatch?: number;
  idempotent?: boolean;
  signal?: AbortSignal | undefined;
}

const PAGE_LIMIT = 500;

export class Client {
  readonly #options: ClientOptions;
  #csrfToken = '';

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async me(signal?: AbortSignal): Promise<Me> {
    const me = await this.#send<Me>('GET', '/me', { signal });
    this.#csrfToken = me.csrf_token ?? '';
    return me;
  }

  signOut = () => this.#fetch('POST', '/auth/logout', {}).then(() => undefined);

  events = (query: Query, signal?: AbortSignal) => this.#all<CalendarEvent>('/events', query, signal);
  /** The same, page by page, for what is too much to be waited for. */
  eventPages = (query: Query, signal?: AbortSignal) => this.#pages<CalendarEvent>('/events', query, signal);
  event = (id: string, signal?: AbortSignal) => this.#send<CalendarEvent>('GET', eventPath(id), { signal });
  createEvent = (body: NewEvent) => this.#send<CalendarEvent>('POST', '/events', { body, idempotent: true });
  deleteEvent = (id: string, revision: number) =>
    this.#send<undefined>('DELETE', eventPath(id), { ifMatch: revision });
  /** Recovers what was removed, brings back what is in the archive. */
  restoreEvent = (id: string, revision?: number) =>
    this.#send<CalendarEvent>('POST', `${eventPath(id)}/restore`, {
      body: {},
      ...(revision === undefined ? {} : { ifMatch: revision }),
    });
  changeEvent = (id: string, revision: number, body: EventPatch) =>
    this.#send<CalendarEvent>('PATCH', eventPath(id), { body, ifMatch: revision });

  /** A merge patch: the other preferences stay. */
  keepPreferences = (preferences: object) => this.#send<Me>('PATCH', '/me', { body: { preferences } });

  calendars = (signal?: AbortSignal) => this.#all<Calendar>('/calendars', {}, signal);
  createCalendar = (name: string, color: string) =>
    this.#send<Calendar>('POST', '/calendars', { body: { name, color } });
  changeCalendar = (calendar: Calendar, body: CalendarChange) =>
    this.#send<Calendar>('PATCH', `/calendars/${calendar._id}`, { body, ifMatch: calendar.revision });

  categories = (signal?: AbortSignal) => this.#all<Category>('/categories', {}, signal);
  locations = (signal?: AbortSignal) => this.#all<Location>('/locations', {}, signal);
  /** For administrators only. */
  people = (signal?: AbortSignal) => this.#all<User>('/admin/users', {}, signal);

  startSync = (calendarId?: string) =>
    this.#send<{ runs: { run_id: string; calendar_id: string }[] }>('POST', '/sync/runs', {
      body: calendarId ? { calendar_id: calendarId } : {},
    });
  syncRuns = (signal?: AbortSignal) => this.#send<{ items: SyncRun[] }>('GET', '/sync/runs', { signal });
  syncLogs = (query: Query, signal?: AbortSignal) =>
    this.#send<Page<SyncLog>>('GET', '/sync/logs', { query, signal });
  heldDeletions = (signal?: AbortSignal) => this.#all<HeldDeletions>('/sync/held-deletions', {}, signal);
  decideDeletions = (calendarId: string, decision: 'confirm' | 'reject') =>
    this.#send<undefined>('POST', `/sync/held-deletions/${calendarId}`, { body: { decision } });

  /** Exports are for administrators only. */
  exports = (query: Query, signal?: AbortSignal) =>
    this.#send<Page<Export>>('GET', '/exports', { query, signal });
  createExport = (body: ExportOrder) => this.#send<Export>('POST', '/exports', { body, idempotent: true });
  cancelExport = (id: string) => this.#send<Export>('POST', `/exports/${id}/cancel`, {});

  tokens = (signal?: AbortSignal) => this.#send<{ items: ApiToken[] }>('GET', '/tokens', { signal });
  createToken = (name: string) => this.#send<NewToken>('POST', '/tokens', { body: { name } });
  revokeToken = (id: string) => this.#send<undefined>('DELETE', `/tokens/${id}`, {});

  /** Every page of a list. */
  async #all<T>(path: string, query: Query, signal?: AbortSignal): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.#pages<T>(path, query, signal)) items.push(...page);
    return items;
  }

  async *#pages<T>(path: string, query: Query, signal?: AbortSignal): AsyncGenerator<T[]> {
    let cursor: string | undefined;
    do {
      const page: Page<T> = await this.#send('GET', path, {
        query: { ...query, limit: PAGE_LIMIT, cursor },
        signal,
      });
      yield page.items;
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
  }

  async #send<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const response = await this.#fetch(method, `/api/v1${path}`, options);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async #fetch(method: string, path: string, options: RequestOptions): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') headers['X-CSRF-Token'] = this.#csrfToken;
    if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`;
    if (options.idempotent) headers['Idempotency-Key'] = this.#options.newId();
    if (options.body !== undefined)
      headers['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    let response: Response;
    try {
      response = await this.#options.fetch(addressed(path) + search(options.query), {
        method,
        headers,
        credentials: 'same-origin',
        signal: options.signal ?? null,
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new ApiError({ title: 'network', status: 0, code: 'network' });
    }
    if (response.ok) return response;
    const problem = await readProblem(response);
    if (response.status === 401) this.#options.onSignedOut();
    throw new ApiError(problem);
  }
}

const eventPath = (id: string) => `/events/${encodeURIComponent(id)}`;

function search(query: Query | undefined): string {
  const entries = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  return entries.length
    ? `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`
    : '';
}

/** The problem document of an answer; one of our own when a proxy answered instead of the server. */
async function readProblem(response: Response): Promise<Problem> {
  const fallback: Problem = {
    title: response.statusText || 'error',
    status: response.status,
    code: 'unexpected',
  };
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? { ...fallback, ...body } : fallback;
  } catch {
    return fallback;
  }
}

/** Whether an error only says that the request was given up on purpose. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
