import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // it works below any path: the pages' addresses are behind a #
  plugins: [react()],
  build: { chunkSizeWarningLimit: 1500 }, // react-admin and Material UI are one chunk of that size
});
