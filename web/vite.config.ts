import { defineConfig } from 'vite';

// `npm run dev` passes the server's paths on to a running manybody server (MANYBODY_URL, default 127.0.0.1:8080).
const server = process.env.MANYBODY_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: './',
  build: { target: 'es2022', chunkSizeWarningLimit: 1200, sourcemap: false },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server, changeOrigin: true },
      '/ws': { target: server, ws: true, changeOrigin: true, rewriteWsOrigin: true },
    },
  },
});
