/** Wires the stream to the stores, and knows whether the connection is up. */
import type { ExportProgress, SyncRun } from '../api/types';
import { addressed } from '../core/base';
import { browserHost, listen } from '../core/stream';
import { announce } from './announce.svelte';
import { eventStore } from './events.svelte';
import { session } from './session.svelte';
import { syncStore } from './sync.svelte';
import { text } from '../text';

class Live {
  /** False from a lost connection until the next one. */
  connected = $state(true);
  online = $state(navigator.onLine);
  /** The last change heard of, for the panel that shows this event. */
  changed = $state.raw<{ event_id: string }>();

  /** The last word on an export, for the list of them; empty when some were missed. */
  exported = $state.raw<ExportProgress | undefined>();

  start(): () => void {
    const setOnline = () => (this.online = navigator.onLine);
    addEventListener('online', setOnline);
    addEventListener('offline', setOnline);
    let wasLost = false;
    const stop = listen(addressed('/api/v1/stream'), browserHost(), ({ type, data }) => {
      if (type === 'lost') {
        wasLost = true;
        this.connected = false;
        // A stream cannot say why it was refused; a request can, and leads to the sign-in page when need be.
        if ((data as { refused: boolean }).refused) session.reloadMe().catch(() => undefined);
      } else if (type === 'connected') {
        this.connected = true;
        // What happened while nobody listened is unknown: read anew.
        if (wasLost) this.#catchUp();
        wasLost = false;
      } else if (type === 'event_changed') {
        this.changed = data as { event_id: string };
        eventStore.refresh();
      } else if (type === 'calendar_changed') {
        eventStore.refresh();
        session.reloadLists().catch(() => undefined); // a failure shows on the next read
      } else if (type === 'export_progress') {
        this.exported = data as ExportProgress;
      } else if (type === 'missed') this.#catchUp();
      else this.#progress(data as SyncRun);
    });
    return () => {
      stop();
      removeEventListener('online', setOnline);
      removeEventListener('offline', setOnline);
    };
  }

  #progress(run: SyncRun) {
    const before = syncStore.finished;
    syncStore.take(run);
    if (syncStore.finished === before) return;
    eventStore.refresh();
    const name = session.calendarName(run.calendar_id);
    announce(run.state === 'failed' ? text.sync.announceFailed(name) : text.sync.announceDone(name));
    session.reloadLists().catch(() => undefined); // a failure shows on the next read
  }

  #catchUp() {
    this.exported = undefined;
    eventStore.refresh();
    session.reloadLists().catch(() => undefined); // a failure shows on the next read
    syncStore.reload().catch(() => undefined);
  }
}

export const live = new Live();
