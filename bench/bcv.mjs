// Reads references with bible-passage-reference-parser, for "bench -citations".
// Standard input is {"refs": […], "rounds": N}; standard output has what each
// reads as and the processor time
// of each round, in nanoseconds.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const dir = process.argv[2];
const load = (name) => import(pathToFileURL(join(dir, "node_modules", "bible-passage-reference-parser", "esm", name)).href);
const { bcv_parser } = await load("bcv_parser.js");
const parser = new bcv_parser(await load("lang/en.js"));
const { version } = JSON.parse(readFileSync(join(dir, "node_modules", "bible-passage-reference-parser", "package.json"), "utf8"));

const { refs, rounds } = JSON.parse(readFileSync(0, "utf8"));
const osis = refs.map((r) => parser.parse(r).osis());
const times = [];
for (let i = 0; i < rounds; i++) {
  const start = process.cpuUsage();
  for (const r of refs) parser.parse(r).osis();
  const used = process.cpuUsage(start);
  times.push((used.user + used.system) * 1000);
}
console.log(JSON.stringify({ osis, times, version, node: process.version }));
