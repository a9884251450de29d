/** What was just done and how to take it back: one at a time, for a while. Nothing is only to be found here. */
export interface Action {
  label: string;
  run: () => void;
}

const SHOWN_MS = 20_000;

class Notice {
  message = $state('');
  action = $state.raw<Action>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(message: string, action?: Action) {
    clearTimeout(this.#timer);
    this.message = message;
    this.action = action;
    this.#timer = setTimeout(() => this.clear(), SHOWN_MS);
  }

  clear() {
    clearTimeout(this.#timer);
    this.message = '';
    this.action = undefined;
  }
}

export const notice = new Notice();
