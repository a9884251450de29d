import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The build is embedded in the server's binary and served under a strict content security policy:
// no inlined assets, no inline polyfill, hashed names under /assets that may be cached for ever.
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  // Under a sub-path the server moves the addresses of the page; what scripts and styles name is beside themselves.
  experimental: {
    renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `/${name}` : { relative: true }),
  },
  build: {
    target: 'es2023',
    manifest: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    proxy: { '/api': server, '/auth': server, '/stream': server },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
