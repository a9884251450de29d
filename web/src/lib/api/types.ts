/**
 * The shapes of `/api/v1`, by hand until `docs/api/openapi.json` is generated (`npm run api-types`); then this
 * file only gives names to the generated schemas. Instants are RFC 3339 UTC; with `all_day` start and end are
 * dates, the end exclusive. Optional fields are left out by the server when they have no value.
 */
export type Instant = string;

export type SyncStatus = 'synced' | 'pending' | 'error' | 'not_synced';
export type PriorityLevel = 'low' | 'medium' | 'high' | 'critical';

export interface Attendee {
  email: string;
  name?: string;
  response_status?: 'none' | 'accepted' | 'declined' | 'tentative';
  is_organizer?: boolean;
}

export interface RecurrencePattern {
  type: 'daily' | 'weekly' | 'monthly' | 'yearly';
  interval?: number;
  days_of_week?: string[];
  day_of_month?: number;
  end_date?: string;
  occurrence_count?: number;
}

/** The fields that never leave the house. */
export interface InternalFields {
  setup_start_time?: Instant;
  setup_end_time?: Instant;
  teardown_start_time?: Instant;
  teardown_end_time?: Instant;
  internal_notes?: string;
  equipment_required?: string[];
  staff_assigned?: string[];
  budget_allocated?: number;
  client_contact?: string;
  internal_category?: string;
  priority_level?: PriorityLevel;
}

/** The fields that Outlook may see; a person can only change them on local events. */
export interface SharedFields {
  title: string;
  description?: string;
  start_time: Instant;
  end_time: Instant;
  all_day: boolean;
  location?: string;
  category?: string;
  time_zone?: string;
}

export interface CalendarEvent extends SharedFields, InternalFields {
  _id: string;
  user_id: string;
  calendar_id: string;
  outlook_event_id?: string;
  categories?: string[];
  attendees?: Attendee[];
  is_recurring?: boolean;
  recurrence_pattern?: RecurrencePattern;
  recurrence_rule?: string[];
  recurrence_lossless?: boolean;
  recurrence_master_id?: string;
  original_start?: Instant;
  show_as?: string;
  is_cancelled?: boolean;
  removed_at?: Instant;
  occupied_from?: Instant;
  occupied_until?: Instant;
  sync_status?: SyncStatus;
  last_synced?: Instant;
  sync_errors?: string[];
  created_at?: Instant;
  updated_at?: Instant;
  revision: number;
}

/** A JSON merge patch (RFC 7396): null takes a field away. */
export type EventPatch = {
  [K in keyof (SharedFields & InternalFields)]?: (SharedFields & InternalFields)[K] | null;
};

export type NewEvent = SharedFields & InternalFields & { calendar_id: string };

export interface Calendar {
  _id: string;
  outlook_calendar_id?: string;
  name: string;
  color?: string;
  is_primary?: boolean;
  can_edit?: boolean;
  is_active?: boolean;
  sync_enabled?: boolean;
  last_synced?: Instant;
  revision?: number;
}

export interface Category {
  _id: string;
  user_id?: string;
  name: string;
  color?: string;
  is_active?: boolean;
}

export interface Location {
  _id: string;
  name: string;
  address?: string;
  capacity?: number;
  equipment_available?: string[];
  notes?: string;
  is_active?: boolean;
}

export interface Me {
  _id: string;
  email: string;
  display_name: string;
  role: 'user' | 'admin';
  connections: { outlook?: { status: 'ok' | 'reconnect_needed' | 'none'; email?: string } };
  csrf_token: string;
  preferences?: Record<string, unknown>;
}

export interface SyncRun {
  run_id: string;
  calendar_id: string;
  state: 'running' | 'done' | 'failed';
  pages?: number;
  events_processed: number;
  events_created: number;
  events_updated: number;
  events_deleted: number;
  error?: { code: string; message: string; advice?: string };
  started_at: Instant;
  completed_at?: Instant;
}

export type SyncLogStatus = 'success' | 'error' | 'partial';

export interface SyncLog {
  _id: string;
  calendar_id?: string;
  sync_type: string;
  status: SyncLogStatus;
  events_processed: number;
  events_created: number;
  events_updated: number;
  events_deleted: number;
  errors?: { event_id?: string; error_message: string; error_code?: string }[];
  started_at: Instant;
  completed_at?: Instant;
  duration_ms?: number;
}

export interface HeldDeletions {
  calendar_id: string;
  calendar_name: string;
  count: number;
  events: { _id: string; title: string; start_time: Instant }[];
  held_at: Instant;
}

export interface ApiToken {
  _id: string;
  name: string;
  prefix: string;
  created_at: Instant;
  expires_at?: Instant;
  last_used_at?: Instant;
  /** Only in the answer that creates it. */
  token?: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** RFC 9457, with our stable `code` and what is wrong field by field. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  errors?: { field: string; message: string }[];
  request_id?: string;
}
