/** What a person chose about the look and the keys; kept in this browser, because it may differ by device. */
import { browserZone, isZone, zoneOf, type Zone } from '../core/time';

const STORAGE_KEY = 'callboard.preferences'; // also read by public/theme.js

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'comfortable';

interface Stored {
  theme: Theme;
  density: Density;
  singleKeys: boolean;
  /** IANA name; empty for the zone of this device. */
  zone: string;
  /** Category keys that are switched off. */
  hiddenCategories: string[];
  /** Whether events in the archive are shown. */
  showArchived: boolean;
}

const DEFAULTS: Stored = {
  theme: 'system',
  density: 'compact',
  singleKeys: true,
  zone: '',
  hiddenCategories: [],
  showArchived: false,
};

/** Sizes that layout needs as numbers, in pixels. */
export const SIZES = {
  compact: { row: 46, hour: 52 },
  comfortable: { row: 58, hour: 68 },
} as const;

class Preferences {
  #stored = $state<Stored>(read());
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

  apply() {
    document.documentElement.dataset['theme'] = this.shownTheme;
    document.documentElement.dataset['density'] = this.#stored.density;
  }

  #change(part: Partial<Stored>) {
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
    const stored = { ...DEFAULTS, ...(raw as Partial<Stored>) };
    if (stored.zone && !isZone(stored.zone)) stored.zone = '';
    return stored;
  } catch {
    return { ...DEFAULTS };
  }
}

export const preferences = new Preferences();
