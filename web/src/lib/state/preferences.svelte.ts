/**
 * What a person chose. The look and the keys are kept in this browser, because they may differ by device; the rest follows
 * the person and is kept here too, so that the first picture is the right one.
 */
import { followingIn, followingOf, NOTHING_CHOSEN, type Following } from '../core/following';
import { browserZone, zoneOf, type Zone } from '../core/time';

const STORAGE_KEY = 'callboard.preferences'; // also read by public/theme.js

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'comfortable';

interface Stored extends Following {
  theme: Theme;
  density: Density;
  singleKeys: boolean;
}

/** Keeps choices with the person. */
type Keep = (choices: Partial<Following>) => Promise<unknown>;

const DEFAULTS: Stored = {
  theme: 'system',
  density: 'compact',
  singleKeys: true,
  ...NOTHING_CHOSEN,
};

/** Sizes that layout needs as numbers, in pixels. */
export const SIZES = {
  compact: { row: 46, hour: 52 },
  comfortable: { row: 58, hour: 68 },
} as const;

class Preferences {
  #stored = $state<Stored>(read());
  #keep: Keep | undefined;
  #systemDark = $state(matchMedia('(prefers-color-scheme: dark)').matches);

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
      this.#systemDark = event.matches;
      this.apply();
    });
  }

  get theme() {
    return this.#stored.theme;
  }
  set theme(theme: Theme) {
    this.#change({ theme });
  }

  get density() {
    return this.#stored.density;
  }
  set density(density: Density) {
    this.#change({ density });
  }

  get singleKeys() {
    return this.#stored.singleKeys;
  }
  set singleKeys(singleKeys: boolean) {
    this.#change({ singleKeys });
  }

  get zoneName() {
    return this.#stored.zone;
  }
  set zoneName(zone: string) {
    this.#change({ zone });
  }

  /** The zone all times are shown in. */
  get zone(): Zone {
    return zoneOf(this.#stored.zone || browserZone());
  }

  get sizes() {
    return SIZES[this.#stored.density];
  }

  get shownTheme(): 'light' | 'dark' {
    if (this.#stored.theme !== 'system') return this.#stored.theme;
    return this.#systemDark ? 'dark' : 'light';
  }

  readonly hiddenCategories = $derived(new Set(this.#stored.hiddenCategories));

  toggleCategory(key: string, shown: boolean) {
    const hidden = new Set(this.#stored.hiddenCategories);
    if (shown) hidden.delete(key);
    else hidden.add(key);
    this.#change({ hiddenCategories: [...hidden] });
  }

  showAllCategories() {
    this.#change({ hiddenCategories: [] });
  }

  get showArchived() {
    return this.#stored.showArchived;
  }
  set showArchived(showArchived: boolean) {
    this.#change({ showArchived });
  }

  /** Takes over what the person chose wherever they were, and keeps with them what they choose from now on. */
  follow(kept: unknown, keep: Keep) {
    this.#keep = keep;
    this.#store(followingOf(kept));
  }

  apply() {
    document.documentElement.dataset['theme'] = this.shownTheme;
    document.documentElement.dataset['density'] = this.#stored.density;
  }

  #change(part: Partial<Stored>) {
    this.#store(part);
    const choices = followingIn(part);
    // What cannot be sent at this moment still counts here until the page is loaded again.
    if (choices) void this.#keep?.(choices).catch(() => undefined);
  }

  #store(part: Partial<Stored>) {
    Object.assign(this.#stored, part);
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(this.#stored));
    } catch {
      // A blocked storage: the choice lasts until the page is closed.
    }
    this.apply();
  }
}

function read(): Stored {
  try {
    const raw: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}');
    return { ...DEFAULTS, ...(raw as Partial<Stored>), ...followingOf(raw) };
  } catch {
    return { ...DEFAULTS };
  }
}

export const preferences = new Preferences();
