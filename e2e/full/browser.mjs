// Hydrogen in a browser, driven as a person does.
import { createReadStream } from "node:fs";
import { copyFile, mkdtemp, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";

const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

// serve builds Hydrogen and serves it on this machine alone.
async function serve() {
    const here = import.meta.dirname, outDir = await mkdtemp(join(tmpdir(), "hydrogen-"));
    await build({
        root: here, configFile: false, logLevel: "error", publicDir: false,
        build: { outDir, emptyOutDir: true, target: "esnext", assetsInlineLimit: 0, rollupOptions: { input: join(here, "hydrogen.html") } },
    });
    await copyFile(join(here, "node_modules/hydrogen-view-sdk/lib-build/sw.js"), join(outDir, "sw.js"));
    const server = createServer(async (request, response) => {
        const path = join(outDir, normalize(new URL(request.url, "http://x").pathname));
        if (!(await stat(path).catch(() => null))?.isFile()) return response.writeHead(404).end();
        response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
        createReadStream(path).pipe(response);
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return server;
}

// open shows Hydrogen to somebody, logged in.
export async function open(homeserver, user, password) {
    const server = await serve();
    const browser = await chromium.launch({
        executablePath: process.env.E2E_CHROMIUM || "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, deviceScaleFactor: 1 });
    await page.goto(`http://127.0.0.1:${server.address().port}/hydrogen.html?homeserver=${encodeURIComponent(homeserver)}`);
    await page.locator("#username").fill(user);
    await page.locator("#password").fill(password);
    await page.getByRole("button", { name: "Log In" }).click();
    await page.locator(".LeftPanel").waitFor();
    const close = async () => { await browser.close(); server.close(); };
    return { page, close };
}
