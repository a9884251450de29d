import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/lib/api/schema.d.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      'no-console': 'error',
      // The router takes plain paths; SvelteKit's resolve() does not exist here.
      'svelte/no-navigation-without-resolve': 'off',
      // Sets and dates that live within one function need no reactivity.
      'svelte/prefer-svelte-reactivity': 'off',
      // Remote text is never rendered as HTML.
      'svelte/no-at-html-tags': 'error',
    },
  },
  {
    files: ['tests/**/*.mjs', '*.js', 'vite.config.ts'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { 'no-console': 'off' },
  },
  { files: ['public/theme.js'], languageOptions: { sourceType: 'script' } },
);
