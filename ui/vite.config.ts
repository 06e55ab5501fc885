import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `mock` builds put the window over made-up data into test-results/app; every other build is the
// product's and goes to dist, where tauri.conf.json looks for it.
export default defineConfig(({ mode }) => ({
  plugins: [react()],
  base: "./",
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: {
    target: "safari16",
    outDir: mode === "mock" ? "test-results/app" : "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    css: { modules: { classNameStrategy: "non-scoped" as const } },
  },
}));
