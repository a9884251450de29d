/**
 * Names for the shapes of `/api/v1`. They come from `schema.d.ts`, which `npm run api-types` generates from the
 * server's own description, so that a change of the API fails `npm run check` where the app relies on it. Only what
 * the description leaves open is narrowed here. Instants are RFC 3339 UTC; with `all_day` start and end are dates,
 * the end exclusive. Optional fields are left out by the server when they have no value.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Instant = string;

export type CalendarEvent = Schemas['Event'];
export type NewEvent = Schemas['EventDraft'];
/** A JSON merge patch (RFC 7396): null takes a field away. */
export type EventPatch = { [K in keyof Schemas['EventChange']]?: Schemas['EventChange'][K] | null };
export type Attendee = NonNullable<CalendarEvent['attendees']>[number];
export type PriorityLevel = NonNullable<CalendarEvent['priority_level']>;
export type SyncStatus = CalendarEvent['sync_status'];

export type Calendar = Schemas['Calendar'];
export type CalendarChange = Schemas['CalendarChange'];
export type Category = Schemas['Category'];
export type Location = Schemas['Location'];
export type Connection = Omit<Schemas['Connection'], 'status'> & {
  status: 'ok' | 'reconnect_needed' | 'none';
};
export type Me = Omit<Schemas['Me'], 'connections'> & { connections: { outlook: Connection } };
export type User = Schemas['User'];

export type SyncLog = Schemas['SyncLog'];
export type HeldDeletions = Schemas['HeldItem'];
/** A file that an administrator asked for. */
export type Export = Schemas['Export'];
export type ExportFormat = NonNullable<Export['format']>;
export interface ExportOrder {
  export_type: Export['export_type'];
  format?: ExportFormat;
  filters?: Export['filters'];
}
/** How far an export is, as the stream tells it. */
export interface ExportProgress {
  export_id: string;
  status: Export['status'];
  progress_count: number;
}

export type ApiToken = Schemas['Token'];
/** The answer that creates a token; it alone holds the secret. */
export type NewToken = Schemas['NewlyMade'];

/** RFC 9457, with our stable `code` and what is wrong field by field. */
export type Problem = Pick<Schemas['Problem'], 'title' | 'status' | 'code'> & Partial<Schemas['Problem']>;

/** The state of a run as the stream tells it, too. */
export interface SyncRun {
  run_id: string;
  calendar_id: string;
  calendar_name: string;
  state: 'running' | 'done' | 'failed';
  pages: number;
  events_processed: number;
  events_created: number;
  events_updated: number;
  events_deleted: number;
  /** Deletions that wait for a person's decision. */
  events_held: number;
  error?: { code: string; message: string; advice?: string };
  started_at: Instant;
  completed_at?: Instant;
}

export interface Page<T> {
  items: T[];
  /** Null at the end. */
  next_cursor?: string | null;
}
