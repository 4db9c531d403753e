import { defineConfig } from "vite";

const service = "http://127.0.0.1:8470";

export default defineConfig({
  base: "/page/",
  build: {
    outDir: "../src/locard/serve/page",
    emptyOutDir: true,
    assetsDir: "",
    assetsInlineLimit: 0,
    modulePreload: false,
    sourcemap: false,
    target: "es2022",
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { proxy: { "/v1": service } },
});
