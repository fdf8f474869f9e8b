import { defineConfig } from "vite";

export default defineConfig({
  // The gateway serves the page at /graphiql and these files at /graphiql/assets/.
  base: "/graphiql/",
  // JSX is compiled by Vite itself, so no React plugin is needed.
  oxc: { jsx: { runtime: "automatic" } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    // Every asset stays a file: the Content-Security-Policy allows no more `data:` than GraphiQL's own style sheet needs.
    assetsInlineLimit: 0,
    // Monaco makes a large chunk, loaded once and cached for ever.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // Some dependencies mark modules "use client", which means nothing outside server-rendered React.
      onLog(level, log, report) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") {
          report(level, log);
        }
      },
    },
  },
});
