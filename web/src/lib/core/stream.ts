/**
 * Live changes: one EventSource per browser, shared by its tabs, because HTTP/1.1 allows six connections a host.
 * The tab that holds the lock is the leader: it listens and passes on what it hears over a BroadcastChannel. Both have
 * the stream's address in their names, because a host may have several Callboards, each under a path of its own. When it closes, the browser gives the lock to the next tab. Where locks are missing (plain
 * http on another host), each tab listens for itself.
 */
export interface StreamMessage {
  type:
    | 'sync_progress'
    | 'export_progress'
    | 'event_changed'
    | 'calendar_changed'
    | 'missed'
    | 'connected'
    | 'lost';
  data: unknown;
}

export interface Source {
  addEventListener(type: string, listener: (event: { data?: string }) => void): void;
  close(): void;
  readonly readyState: number;
}

export interface Channel {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  close(): void;
}

/** What the stream needs of the browser, so that tests can play it. */
export interface StreamHost {
  open: (url: string) => Source;
  channel?: (name: string) => Channel;
  /** Runs `leader` once this tab has the lock; the lock is held until the returned promise settles. */
  lock?: (name: string, signal: AbortSignal, leader: () => Promise<void>) => void;
  after: (ms: number, run: () => void) => () => void;
}

const CLOSED = 2;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const EVENTS = ['sync_progress', 'export_progress', 'event_changed', 'calendar_changed', 'missed'] as const;

export function browserHost(): StreamHost {
  const locks = (navigator as { locks?: LockManager }).locks;
  return {
    open: (url) => new EventSource(url) as unknown as Source,
    ...(locks && 'BroadcastChannel' in globalThis
      ? {
          channel: (name) => new BroadcastChannel(name) as unknown as Channel,
          lock: (name, signal, leader) => {
            locks.request(name, { signal }, leader).catch(() => undefined); // aborted while waiting
          },
        }
      : {}),
    after: (ms, run) => {
      const id = setTimeout(run, ms);
      return () => clearTimeout(id);
    },
  };
}

/** Listens until the returned function is called. `connected` comes after each (re)connection: read anew then. */
export function listen(
  url: string,
  host: StreamHost,
  onMessage: (message: StreamMessage) => void,
): () => void {
  const stop = new AbortController();
  const name = `callboard-stream ${url}`;
  const channel = host.lock ? host.channel?.(name) : undefined;
  const tell = (message: StreamMessage) => {
    channel?.postMessage(message);
    onMessage(message);
  };
  channel?.addEventListener('message', ({ data }) => onMessage(data as StreamMessage));

  const lead = () => {
    const ended = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
    connect(url, host, stop.signal, tell);
    return ended;
  };
  if (channel && host.lock) host.lock(name, stop.signal, lead);
  else void lead();

  return () => {
    stop.abort();
    channel?.close();
  };
}

/** Holds one connection, with growing pauses after refusals (a dropped one the browser opens again by itself). */
function connect(
  url: string,
  host: StreamHost,
  signal: AbortSignal,
  tell: (message: StreamMessage) => void,
): void {
  let retryMs = FIRST_RETRY_MS;
  let cancelRetry: (() => void) | undefined;
  let source: Source | undefined;

  const start = () => {
    const opened = host.open(url);
    source = opened;
    opened.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS;
      tell({ type: 'connected', data: null });
    });
    opened.addEventListener('error', () => {
      // Closed: the server itself refused, for instance because the session has ended.
      tell({ type: 'lost', data: { refused: opened.readyState === CLOSED } });
      if (opened.readyState !== CLOSED || signal.aborted) return;
      cancelRetry = host.after(retryMs, start);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    });
    for (const type of EVENTS)
      opened.addEventListener(type, ({ data }) => {
        const parsed = parse(data);
        if (parsed !== undefined) tell({ type, data: parsed });
      });
  };
  signal.addEventListener('abort', () => {
    cancelRetry?.();
    source?.close();
  });
  start();
}

function parse(data: string | undefined): unknown {
  try {
    return data === undefined ? undefined : (JSON.parse(data) as unknown);
  } catch {
    return undefined; // a cut message: the next "connected" reads anew
  }
}
