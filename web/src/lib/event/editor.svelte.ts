/**
 * One open event: what the server last said, the form over it, and the way back. A save sends only the fields
 * that were changed, with the revision they are based on; when the server has a newer one, the input is kept.
 */
import { ApiError } from '../api/client';
import type { CalendarEvent } from '../api/types';
import { dayShort } from '../core/format';
import { isException, isFromOutlook, isOccurrence, wallTimes } from '../core/items';
import type { Zone } from '../core/time';
import { explain } from '../errors';
import { announce } from '../state/announce.svelte';
import { eventStore } from '../state/events.svelte';
import { preferences } from '../state/preferences.svelte';
import { api, session } from '../state/session.svelte';
import { text } from '../text';
import {
  applyPatch,
  changedFields,
  check,
  draftOf,
  patchForMaster,
  SHARED,
  toPatch,
  type Draft,
  type DraftField,
  type Problems,
} from './draft';
import { putInput } from './unsent';

export type Scope = 'this' | 'series';

/** Field messages of a refusal, under the names of the form (`equipment_required[0]` -> `equipment_required`). */
export function fieldProblems(error: unknown): Problems {
  if (!(error instanceof ApiError)) return {};
  const problems: Problems = {};
  for (const [field, message] of Object.entries(error.fields)) {
    const name = field.replace(/^[/.]+/, '').split(/[./[]/)[0] as DraftField;
    problems[name] ??= message;
  }
  return problems;
}

export class Editor {
  readonly zone: Zone = preferences.zone;
  base = $state.raw() as CalendarEvent;
  #before: Draft = $state.raw() as Draft;
  draft = $state() as Draft;
  scope = $state<Scope>('this');
  saving = $state(false);
  saved = $state(false);
  /** Where it was saved, when that is not what was open. */
  savedElsewhere = $state('');
  /** The form has input from before the session ended. */
  isPutBack = $state(false);
  stale = $state<'no' | 'changed' | 'reloaded'>('no');
  refused = $state('');
  problems = $state.raw<Problems>({});

  readonly changed = $derived(changedFields(this.#before, this.draft));
  readonly dirty = $derived(this.changed.length > 0);
  readonly fromOutlook = $derived(isFromOutlook(this.base, session.calendar(this.base.calendar_id)));
  /** What is in the archive, or was removed, is changed by nobody until it is back. */
  readonly readOnly = $derived(Boolean(this.base.archived_at ?? this.base.removed_at));
  readonly isOccurrence = $derived(isOccurrence(this.base));
  readonly preview = $derived(
    this.dirty ? applyPatch(this.base, toPatch(this.draft, this.changed, this.zone)) : undefined,
  );

  constructor(event: CalendarEvent) {
    this.#take(event);
  }

  discard() {
    this.#take(this.base);
  }

  /** Takes up what was typed before the session ended. */
  putBack(input: Partial<Draft> | undefined) {
    if (input && !this.readOnly) this.isPutBack = putInput(this.draft, input);
  }

  /** A newer version from elsewhere: taken over, or announced when there is input to keep. */
  offer(event: CalendarEvent) {
    if (event.revision <= this.base.revision) return;
    if (this.dirty) this.stale = 'changed';
    else this.#take(event);
  }

  /** Reads the event again. Fields the person has changed keep their input; the others take the new values. */
  async reload(): Promise<void> {
    const changed = this.dirty ? this.changed : [];
    const input = $state.snapshot(this.draft) as Draft;
    const event = await api.event(this.base._id);
    this.#take(event);
    for (const field of changed) Object.assign(this.draft, { [field]: input[field] });
    this.stale = this.dirty ? 'reloaded' : 'no';
  }

  /** Saves; answers the event as it is now, or undefined when it was refused. */
  async save(): Promise<CalendarEvent | undefined> {
    if (this.saving || !this.dirty) return undefined;
    this.saved = false;
    this.savedElsewhere = '';
    this.refused = '';
    const fields = this.fromOutlook ? this.changed.filter((field) => !SHARED.includes(field)) : this.changed;
    this.problems = check(this.draft, text.event.problems, fields);
    if (Object.keys(this.problems).length) {
      this.refused = text.event.checkFields;
      return undefined;
    }
    this.saving = true;
    try {
      const former = this.base;
      const event = await this.#send(fields);
      this.#take(event);
      this.saved = true;
      if (event._id === former.recurrence_master_id) {
        this.savedElsewhere = text.event.savedSeries(dayShort(wallTimes(former, this.zone).start));
        eventStore.accept(event);
      } else eventStore.accept(event, former._id);
      announce(this.savedElsewhere || text.event.saved);
      return event;
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) this.stale = 'changed';
      else {
        this.problems = fieldProblems(error);
        this.refused = this.#refusal(error);
      }
      return undefined;
    } finally {
      this.saving = false;
    }
  }

  /** In words; also what the server says of fields that this form does not show. */
  #refusal(error: unknown): string {
    const shown = (field: string) => !this.fromOutlook || !SHARED.includes(field as DraftField);
    const others = Object.entries(this.problems).filter(([field]) => !shown(field) || !(field in this.draft));
    return [explain(error), ...others.map(([, message]) => message)].join(' ');
  }

  async #send(fields: DraftField[]): Promise<CalendarEvent> {
    const patch = toPatch(this.draft, fields, this.zone);
    const masterId = this.base.recurrence_master_id;
    if (this.scope === 'this' || !this.isOccurrence || !masterId)
      return api.changeEvent(this.base._id, this.base.revision, patch);
    const master = await api.event(masterId);
    const saved = await api.changeEvent(
      masterId,
      master.revision,
      patchForMaster(patch, this.base, master, this.zone),
    );
    // One that differs from its series keeps its own values: what was saved is to be seen on the series.
    return isException(this.base) ? saved : api.event(this.base._id);
  }

  #take(event: CalendarEvent) {
    this.base = event;
    this.#before = draftOf(event, this.zone);
    this.draft = draftOf(event, this.zone);
    this.problems = {};
    this.refused = '';
    this.isPutBack = false;
    this.stale = 'no';
  }
}
