/** Keeps the input of an open form from being lost: by a way out of it, by a reload, by the end of the session. */
import { navigation, type Guard } from '../state/navigation.svelte';
import { session } from '../state/session.svelte';
import { text } from '../text';
import { confirm } from '../ui/Confirm.svelte';
import type { Draft } from './draft';
import { keepUnsent, tabStore, takeUnsent } from './unsent';

export interface ProtectedForm {
  /** Id of the event, or that of the form of a new one. */
  event: () => string;
  /** What was changed. */
  input: () => Partial<Draft>;
}

/** From now on, until the returned function is called. */
export function protect({ event, input }: ProtectedForm): () => void {
  const user = session.me?._id ?? '';
  const words = text.event;
  const isDirty = () => Object.keys(input()).length > 0;
  const guard: Guard = {
    isDirty,
    ask: () =>
      confirm({
        title: words.leaveAsk,
        explain: words.leaveExplain,
        yes: words.leave,
        no: words.stay,
        danger: true,
      }),
  };
  const keep = () => {
    if (isDirty()) keepUnsent(tabStore, { user, event: event(), input: input() });
  };
  navigation.guard = guard;
  session.atExpiry.add(keep);
  return () => {
    if (navigation.guard === guard) navigation.guard = undefined;
    session.atExpiry.delete(keep);
  };
}

/** What the person had typed into this form when the session ended; handed out once. */
export const kept = (event: string): Partial<Draft> | undefined =>
  takeUnsent(tabStore, session.me?._id ?? '', event);
