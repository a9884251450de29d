/**
 * Single-letter keys: one registry that the help list is printed from as well.
 * They never fire while a field has the focus, a dialog is open or a modifier is held, and can be switched off
 * (WCAG 2.1.4).
 */
export interface KeyBinding {
  /** As in `KeyboardEvent.key`; letters in lower case. */
  key: string;
  label: string;
  run: () => void;
}

/** The parts of a keyboard event that matter, so that tests need no browser. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  defaultPrevented: boolean;
  target: unknown;
  preventDefault(): void;
}

export interface KeyContext {
  enabled: () => boolean;
  dialogOpen: () => boolean;
}

export class KeyRegistry {
  readonly #bindings = new Map<string, KeyBinding>();
  readonly #context: KeyContext;

  constructor(context: KeyContext) {
    this.#context = context;
  }

  /** Adds bindings until the returned function is called; a later binding of the same key wins meanwhile. */
  add(bindings: readonly KeyBinding[]): () => void {
    const hidden = new Map(bindings.map(({ key }) => [key, this.#bindings.get(key)]));
    for (const binding of bindings) this.#bindings.set(binding.key, binding);
    return () => {
      for (const binding of bindings) {
        if (this.#bindings.get(binding.key) !== binding) continue;
        const before = hidden.get(binding.key);
        if (before) this.#bindings.set(binding.key, before);
        else this.#bindings.delete(binding.key);
      }
    };
  }

  list(): KeyBinding[] {
    return [...this.#bindings.values()];
  }

  /** Runs what is bound to a key press; true when something ran. */
  handle(press: KeyPress): boolean {
    if (!this.#context.enabled() || press.defaultPrevented || press.isComposing) return false;
    if (press.ctrlKey || press.metaKey || press.altKey) return false;
    if (takesText(press.target) || this.#context.dialogOpen()) return false;
    const binding = this.#bindings.get(press.key.length === 1 ? press.key.toLowerCase() : press.key);
    if (!binding) return false;
    press.preventDefault();
    binding.run();
    return true;
  }
}

const FIELDS = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

/** Whether typing into the element means text or a choice, not a command. */
export function takesText(target: unknown): boolean {
  const element = target as { tagName?: string; isContentEditable?: boolean } | null;
  return !!element && (FIELDS.has(element.tagName ?? '') || element.isContentEditable === true);
}
