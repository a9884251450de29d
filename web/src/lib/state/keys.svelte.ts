/** The key registry of the app, wired to the preferences and to open dialogs. */
import { KeyRegistry } from '../core/keys';
import { preferences } from './preferences.svelte';

export const keys = new KeyRegistry({
  enabled: () => preferences.singleKeys,
  dialogOpen: () => document.querySelector('dialog[open]') !== null,
});
