// After the build: the licences of what is in it, and a manifest by which a test without Node.js
// sees that the built page matches this source.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const page = "../src/locard/serve/page";
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

const lock = JSON.parse(readFileSync("package-lock.json", "utf-8"));
const bundled = Object.entries(lock.packages).filter(([path, entry]) => path && !entry.dev);
const licences = bundled.map(([path, entry]) => {
  const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
  if (!file) throw new Error(`${path} has no licence text`);
  const name = path.replace(/^.*node_modules\//, "");
  return `${name} ${entry.version} (${entry.license})\n\n${readFileSync(join(path, file), "utf-8").trim()}\n`;
});
const line = `\n${"-".repeat(80)}\n\n`;
writeFileSync(join(page, "licences.txt"), `The web page contains:\n${line}${licences.join(line)}`);

const list = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? list(join(folder, entry.name)) : [join(folder, entry.name)],
  );
const hashes = (paths, base) =>
  Object.fromEntries(paths.sort().map((path) => [base ? path.slice(base.length + 1) : path, sha256(path)]));
const source = [
  "finish.mjs", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.js",
  ...list("src"), ...list("public"),
];
const built = list(page).filter((path) => !path.endsWith("manifest.json"));
const manifest = { source: hashes(source, ""), page: hashes(built, page) };
writeFileSync(join(page, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
