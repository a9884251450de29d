import { expect, test } from 'vitest';
import { listen, type Channel, type Source, type StreamHost, type StreamMessage } from './stream';

class FakeSource implements Source {
  readyState = 0;
  readonly #listeners = new Map<string, ((event: { data?: string }) => void)[]>();
  addEventListener(type: string, listener: (event: { data?: string }) => void) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  emit(type: string, data?: string) {
    for (const listener of this.#listeners.get(type) ?? []) listener(data === undefined ? {} : { data });
  }
  close() {
    this.readyState = 2;
  }
}

/** One browser: tabs share channels and locks of one name. */
class FakeBrowser {
  readonly sources: FakeSource[] = [];
  readonly timers: { ms: number; run: () => void }[] = [];
  readonly #channels = new Set<{ name: string; listener?: (event: { data: unknown }) => void }>();
  readonly #held = new Set<string>();
  readonly #waiting: { name: string; signal: AbortSignal; leader: () => Promise<void> }[] = [];

  tab(withLocks = true): StreamHost {
    const base: StreamHost = {
      open: () => {
        const source = new FakeSource();
        this.sources.push(source);
        return source;
      },
      after: (ms, run) => {
        const timer = { ms, run };
        this.timers.push(timer);
        return () => this.timers.splice(this.timers.indexOf(timer), 1);
      },
    };
    if (!withLocks) return base;
    return {
      ...base,
      channel: (name): Channel => {
        const own: { name: string; listener?: (event: { data: unknown }) => void } = { name };
        this.#channels.add(own);
        return {
          postMessage: (data) => {
            for (const other of this.#channels)
              if (other !== own && other.name === name) other.listener?.({ data });
          },
          addEventListener: (_, listener) => (own.listener = listener),
          close: () => this.#channels.delete(own),
        };
      },
      lock: (name, signal, leader) => {
        this.#waiting.push({ name, signal, leader });
        this.#next(name);
      },
    };
  }

  #next(name: string): void {
    if (this.#held.has(name)) return;
    const at = this.#waiting.findIndex((waiting) => waiting.name === name);
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (!next) return;
    if (next.signal.aborted) return this.#next(name);
    this.#held.add(name);
    void next.leader().then(() => {
      this.#held.delete(name);
      this.#next(name);
    });
  }
}

const tick = () => new Promise((resolve) => setTimeout(resolve));
function heard() {
  const messages: StreamMessage[] = [];
  return {
    messages,
    hear: (message: StreamMessage) => messages.push(message),
    types: () => messages.map(({ type }) => type),
  };
}

test('two tabs share one connection, and both hear', () => {
  const browser = new FakeBrowser();
  const [first, second] = [heard(), heard()];
  listen('/s', browser.tab(), first.hear);
  listen('/s', browser.tab(), second.hear);
  expect(browser.sources).toHaveLength(1);
  browser.sources[0]?.emit('open');
  browser.sources[0]?.emit('event_changed', '{"event_id":"5f"}');
  expect(first.types()).toEqual(['connected', 'event_changed']);
  expect(second.messages.at(-1)).toEqual({ type: 'event_changed', data: { event_id: '5f' } });
});

test('two Callboards under paths of one host have nothing in common', () => {
  const browser = new FakeBrowser();
  const [first, second] = [heard(), heard()];
  listen('/a/api/v1/stream', browser.tab(), first.hear);
  listen('/b/api/v1/stream', browser.tab(), second.hear);
  expect(browser.sources).toHaveLength(2);
  browser.sources[0]?.emit('open');
  expect(first.types()).toEqual(['connected']);
  expect(second.types()).toEqual([]);
});

test('when the leader closes, the next tab listens', async () => {
  const browser = new FakeBrowser();
  const stop = listen('/s', browser.tab(), heard().hear);
  const second = heard();
  listen('/s', browser.tab(), second.hear);
  stop();
  await tick();
  expect(browser.sources).toHaveLength(2);
  expect(browser.sources[0]?.readyState).toBe(2);
  browser.sources[1]?.emit('open');
  expect(second.types()).toEqual(['connected']);
});

test('a tab that closes while it waits never listens', async () => {
  const browser = new FakeBrowser();
  const stop = listen('/s', browser.tab(), heard().hear);
  const stopWaiting = listen('/s', browser.tab(), heard().hear);
  stopWaiting();
  stop();
  await tick();
  expect(browser.sources).toHaveLength(1);
});

test('without locks each tab listens for itself', () => {
  const browser = new FakeBrowser();
  listen('/s', browser.tab(false), heard().hear);
  listen('/s', browser.tab(false), heard().hear);
  expect(browser.sources).toHaveLength(2);
});

test('a refused connection is tried again with growing pauses, a good one starts them over', () => {
  const browser = new FakeBrowser();
  const { hear, types } = heard();
  listen('/s', browser.tab(false), hear);
  const pauses: number[] = [];
  for (let round = 0; round < 7; round++) {
    const source = browser.sources.at(-1);
    if (source) source.readyState = 2;
    source?.emit('error');
    const timer = browser.timers.shift();
    pauses.push(timer?.ms ?? 0);
    timer?.run();
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  const good = browser.sources.at(-1);
  good?.emit('open');
  expect(types().at(-1)).toBe('connected');
  if (good) good.readyState = 2;
  good?.emit('error');
  expect(browser.timers[0]?.ms).toBe(1000);
});

test('a dropped connection is left to the browser', () => {
  const browser = new FakeBrowser();
  const { hear, types } = heard();
  listen('/s', browser.tab(false), hear);
  browser.sources[0]?.emit('error');
  expect(browser.timers).toHaveLength(0);
  expect(types()).toEqual(['lost']);
});

test('a damaged message is left out', () => {
  const browser = new FakeBrowser();
  const { hear, messages } = heard();
  listen('/s', browser.tab(false), hear);
  browser.sources[0]?.emit('sync_progress', '{"run_id":');
  expect(messages).toEqual([]);
});

test('stopping takes the next try away', () => {
  const browser = new FakeBrowser();
  const stop = listen('/s', browser.tab(false), heard().hear);
  const [source] = browser.sources;
  if (source) source.readyState = 2;
  source?.emit('error');
  stop();
  expect(browser.timers).toHaveLength(0);
});
