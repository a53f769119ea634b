/** How the page is built. Relative addresses, because the same page is served at `/` and at `/drill/`. */
import { fileURLToPath } from 'node:url'
import type { InlineConfig } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))

const config: InlineConfig = {
  root,
  base: './',
  configFile: false,
  logLevel: 'error',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The map's shapes stay a file of their own that is fetched after the first paint.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
}

export default config
