// Looks for quotations with approx-string-match, for "quote -large -beside". Each
// line of standard input is {"quote": …, "texts": […]}; each of standard output
// has which of the texts comes nearest, -1 for none within half of the letters,
// and the processor time in nanoseconds.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { join, resolve } from "node:path";

const file = join(resolve(process.argv[2]), "node_modules", "approx-string-match", "build", "src", "index.js");
const { default: search } = await import(pathToFileURL(file).href);

for await (const line of createInterface({ input: process.stdin })) {
  const { quote, texts } = JSON.parse(line);
  const start = process.cpuUsage();
  let limit = Math.floor(quote.length / 2);
  let nearest = -1;
  for (let i = 0; i < texts.length && limit >= 0; i++) {
    for (const m of search(texts[i].toLowerCase(), quote.toLowerCase(), limit)) {
      if (m.errors <= limit) {
        nearest = i;
        limit = m.errors - 1;
      }
    }
  }
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify({ nearest, ns: (user + system) * 1000 }));
}
