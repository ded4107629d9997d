// Bundles the panels and the report's chart into the Python packages: node build.mjs [folder]
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = process.argv[2] ?? join(here, "..");
const panels = join(root, "masjupyter", "static");
const report = join(root, "mas", "report", "static");
const common = { bundle: true, target: "es2022", minify: true, legalComments: "none" };
mkdirSync(panels, { recursive: true });
mkdirSync(report, { recursive: true });
await build({
  ...common,
  entryPoints: [join(here, "src", "panel.ts")],
  format: "esm",
  outfile: join(panels, "panel.js"),
});
copyFileSync(join(here, "src", "panel.css"), join(panels, "panel.css"));
await build({
  ...common,
  entryPoints: [join(here, "src", "tradechart.entry.ts")],
  format: "iife",
  outfile: join(report, "tradechart.js"),
  banner: { js: "/* Lightweight Charts (TM), Copyright (c) 2025 TradingView, Inc., Apache-2.0 */" },
});
