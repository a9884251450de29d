/** What a person chose that follows them from browser to browser; the look and the keys stay with the device. */
import { isZone } from './time';

export interface Following {
  /** IANA name; empty for the zone of the device. */
  zone: string;
  /** Category keys that are switched off. */
  hiddenCategories: string[];
  /** Whether events in the archive are shown. */
  showArchived: boolean;
}

export const NOTHING_CHOSEN: Following = { zone: '', hiddenCategories: [], showArchived: false };

/** Choices as they were kept, by whatever version of this app; what cannot be read counts as not chosen. */
export function followingOf(kept: unknown): Following {
  const { zone, hiddenCategories, showArchived } = (kept ?? {}) as Record<string, unknown>;
  return {
    zone: typeof zone === 'string' && isZone(zone) ? zone : NOTHING_CHOSEN.zone,
    hiddenCategories: Array.isArray(hiddenCategories)
      ? hiddenCategories.filter((key) => typeof key === 'string')
      : NOTHING_CHOSEN.hiddenCategories,
    showArchived: typeof showArchived === 'boolean' ? showArchived : NOTHING_CHOSEN.showArchived,
  };
}

/** The part of a change that follows the person; undefined where nothing of it does. */
export function followingIn(change: object): Partial<Following> | undefined {
  const members = Object.entries(change).filter(([name]) => name in NOTHING_CHOSEN);
  return members.length > 0 ? Object.fromEntries(members) : undefined;
}
