/** Sync runs by calendar: what the last answer said, overlaid with live progress. */
import type { SyncRun } from '../api/types';
import { api, session } from './session.svelte';

class SyncStore {
  /** The newest run of each calendar. */
  runs = $state.raw<Record<string, SyncRun>>({});
  /** Grows when a run ends, so that logs and lists are read again. */
  finished = $state(0);

  /** Whether a calendar of this person is being read; those of others do not concern the buttons here. */
  readonly running = $derived(session.ownCalendars.some(({ _id }) => this.runs[_id]?.state === 'running'));

  /** Takes a run from the stream or a list; an older one never replaces a newer one. */
  take(run: SyncRun) {
    const known = this.runs[run.calendar_id];
    if (known && known.run_id !== run.run_id && known.started_at > run.started_at) return;
    if (known && known.run_id === run.run_id && known.state !== 'running' && run.state === 'running') return;
    const ended = run.state !== 'running' && known?.run_id === run.run_id && known.state === 'running';
    this.runs = { ...this.runs, [run.calendar_id]: run };
    if (ended || (run.state !== 'running' && known?.run_id !== run.run_id)) this.finished++;
  }

  async reload(): Promise<void> {
    const { items } = await api.syncRuns();
    for (const run of [...items].sort((a, b) => (a.started_at < b.started_at ? -1 : 1))) this.take(run);
  }

  /** Starts one calendar, or all; progress comes over the stream. */
  async start(calendarId?: string): Promise<void> {
    await api.startSync(calendarId);
    await this.reload();
  }
}

export const syncStore = new SyncStore();
