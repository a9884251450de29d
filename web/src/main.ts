/** Starts the app once Temporal is there: every view needs it. */
import { mount } from 'svelte';
import App from './App.svelte';
import './fonts.css';
import './app.css';
import { loadTemporal } from './lib/core/time';

// A chunk that an upgrade of the server took away: one reload fetches the new app.
addEventListener('vite:preloadError', (event) => {
  const at = Number(sessionStorage.getItem('callboard.reloaded') ?? 0);
  if (Date.now() - at < 60_000) return;
  sessionStorage.setItem('callboard.reloaded', String(Date.now()));
  event.preventDefault();
  location.reload();
});

const target = document.getElementById('app');
if (target) void loadTemporal().then(() => mount(App, { target }));
