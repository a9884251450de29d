// Sets the theme before the first paint. An own file, since the content security policy allows no inline script.
// The keys are those of src/lib/state/preferences.svelte.ts.
(function () {
  var root = document.documentElement;
  var stored = {};
  try {
    stored = JSON.parse(localStorage.getItem('callboard.preferences') || '{}') || {};
  } catch {
    // A damaged entry or a blocked storage means the defaults.
  }
  var dark = matchMedia('(prefers-color-scheme: dark)').matches;
  var theme = stored.theme === 'light' || stored.theme === 'dark' ? stored.theme : dark ? 'dark' : 'light';
  root.dataset.theme = theme;
  root.dataset.density = stored.density === 'comfortable' ? 'comfortable' : 'compact';
})();
