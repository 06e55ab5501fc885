// Serves the mock build with the very policy the product has.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
};

const policy = JSON.parse(readFileSync(new URL("../../../tauri.conf.json", import.meta.url), "utf8")).app.security.csp;

/** Answers the folder on a free port; resolves to its address and a function that stops it. */
export function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://here").pathname).replace(/^(\.\.[/\\])+/, "");
    const file = join(folder, path === "/" ? "index.html" : path);
    if (!file.startsWith(folder) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": types[extname(file)] ?? "application/octet-stream",
      "content-security-policy": policy,
    });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() });
    });
  });
}
