/** `2 new, 1 changed`, or that nothing changed. */
import { text } from '../text';

interface Counts {
  events_created: number;
  events_updated: number;
  events_deleted: number;
  events_held?: number;
}

export function changesText({ events_created, events_updated, events_deleted, events_held }: Counts): string {
  const parts = [
    events_created ? text.sync.created(events_created) : '',
    events_updated ? text.sync.updated(events_updated) : '',
    events_deleted ? text.sync.deleted(events_deleted) : '',
    events_held ? text.sync.heldBack(events_held) : '',
  ].filter(Boolean);
  return parts.join(', ') || text.sync.noChanges;
}
