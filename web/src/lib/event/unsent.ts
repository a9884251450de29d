/**
 * Input that the end of a session interrupted. Signing in again loads the page anew, so it waits in the storage of this
 * tab, which the browser forgets with the tab, and is handed out once: to the person who typed it, for its event.
 */
import { base } from '../core/base';
import type { Draft, DraftField } from './draft';

export interface Unsent {
  /** Id of the person. */
  user: string;
  /** Id of the event, or that of the form of a new one. */
  event: string;
  /** What was changed. */
  input: Partial<Draft>;
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** The storage of this tab. Where it is blocked, already the way to it throws, so it is only gone when asked. */
export const tabStore: Store = {
  getItem: (key) => sessionStorage.getItem(key),
  setItem: (key, value) => sessionStorage.setItem(key, value),
  removeItem: (key) => sessionStorage.removeItem(key),
};

const KEY = `callboard.unsent${base}`;

export function keepUnsent(store: Store, unsent: Unsent): void {
  try {
    store.setItem(KEY, JSON.stringify(unsent));
  } catch {
    // A blocked or full storage: there is nothing left to keep it in.
  }
}

/** Whether something waits, whosever it is. */
export function hasUnsent(store: Store): boolean {
  return read(store) !== undefined;
}

/** What waits for the form of an event. What somebody else typed is thrown away. */
export function takeUnsent(store: Store, user: string, event: string): Partial<Draft> | undefined {
  const unsent = read(store);
  if (!unsent || (unsent.user === user && unsent.event !== event)) return undefined;
  store.removeItem(KEY);
  return unsent.user === user ? unsent.input : undefined;
}

/** Some fields of a draft, as they are kept. */
export function inputOf(draft: Draft, fields: readonly DraftField[]): Partial<Draft> {
  return Object.fromEntries(fields.map((field) => [field, draft[field]]));
}

/** Puts input into a draft, each field that still has this form. Answers whether there was any. */
export function putInput(draft: Draft, input: Partial<Draft>): boolean {
  const fitting = Object.entries(input).filter(([field, value]) => {
    const known: unknown = draft[field as DraftField];
    return typeof known === typeof value && Array.isArray(known) === Array.isArray(value);
  });
  Object.assign(draft, Object.fromEntries(fitting));
  return fitting.length > 0;
}

function read(store: Store): Unsent | undefined {
  try {
    const kept = JSON.parse(store.getItem(KEY) ?? 'null') as Partial<Unsent> | null;
    const { user, event, input } = kept ?? {};
    return user && event && typeof input === 'object' ? { user, event, input } : undefined;
  } catch {
    return undefined;
  }
}
