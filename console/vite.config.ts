import { defineConfig } from "vitest/config";

// The page is served by vigie itself under a content security policy without inline script or style: nothing is inlined.
// `npm run dev` asks a vigie that runs beside it.
export default defineConfig({
  test: { include: ["src/**/*.test.ts"] },
  build: {
    outDir: "dist/page",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    sourcemap: false,
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8470", changeOrigin: true } } },
});
