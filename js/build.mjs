// Bundles the panels into the Python package: node build.mjs [folder]
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const into = process.argv[2] ?? join(here, "..", "masjupyter", "static");
mkdirSync(into, { recursive: true });
await build({
  entryPoints: [join(here, "src", "panel.ts")],
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  outfile: join(into, "panel.js"),
});
copyFileSync(join(here, "src", "panel.css"), join(into, "panel.css"));
