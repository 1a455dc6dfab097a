// The page with a server that only plays vigie's part: `node bench/fixture.mjs [port]`, after `npm run build`. For looking at
// the map without a broker and a watch, and for measuring the page alone.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import * as cases from "./cases.mjs";
import { coast, places, zones } from "./sea.mjs";
import { night } from "./traffic.mjs";

const PAGE = new URL("../dist/page", import.meta.url).pathname;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
/** What the server says of itself and of who looks. */
export const SESSION = {
  node: "fixture",
  state: "LCA",
  version: "0",
  mode: "live",
  exercise: null,
  login_required: false,
  user: null,
  role: "supervisor",
  token: "t",
};
const HEADERS = { "content-security-policy": "default-src 'self'; style-src 'self'; img-src 'self' data: blob:" };
const KEPT_FRAMES = 180;
const none = { type: "FeatureCollection", features: [] };

/** What `answer` of `serve` returns for a request whose connection is cut without an answer. */
export const CUT = Symbol("cut");

/** The body of a request as JSON; null if it is something else. */
async function bodyOf(request) {
  let text = "";
  for await (const part of request) text += part;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Serves a picture; `{url, end}`. `silence()` stops the stream, as a lost watch does; `tell(event, data)` says more on it. `answer(method, path, body)` may take the place
 * of the fixture's own answer: `[status, body]`, or `CUT`, also as a promise.
 */
export function serve(traffic, { port = 0, rows = traffic.special ? cases.alerts(traffic) : [], answer: others = () => null } = {}) {
  const clients = new Set();
  const past = [];
  let [seq, silent] = [0, false];
  const marks = traffic.special ? cases.marks(traffic) : [];
  const answers = {
    session: () => SESSION,
    "map/coast": () => coast,
    "map/zones": () => zones,
    "map/places": () => places,
    "map/depths": () => none,
    coverage: () => (traffic.special ? cases.coverage() : none),
    rewind: () => ({ frames: past }),
    log: () => [],
    search: () => [],
  };
  const say = (client, event, data) => client.write(`event: ${event}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
  const frame = (full) => ({
    seq,
    now: Math.round(traffic.now),
    full,
    tracks: traffic.rows(full),
    about: full ? traffic.abouts() : [],
    gone: [],
  });
  const ticking = setInterval(() => {
    traffic.step(1);
    seq++;
    const next = frame(false);
    if (seq % 10 === 0) past.push({ now: next.now, tracks: traffic.rows(true), gone: [] });
    if (past.length > KEPT_FRAMES) past.shift();
    const text = JSON.stringify(next);
    if (!silent) for (const client of clients) say(client, "picture", text);
  }, 1000);
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://fixture").pathname;
    if (path.startsWith("/api/")) {
      const other = await others(request.method, path.replace("/api/v1/", ""), await bodyOf(request));
      if (other === CUT) return request.socket.destroy();
      if (other) {
        response.writeHead(other[0], { "content-type": "application/json", ...HEADERS });
        return response.end(other[1] === null ? "" : JSON.stringify(other[1]));
      }
    }
    if (path === "/api/v1/stream") {
      response.writeHead(200, { "content-type": "text/event-stream", ...HEADERS });
      clients.add(response);
      response.on("close", () => clients.delete(response));
      say(response, "session", SESSION);
      say(response, "picture", frame(true));
      say(response, "alerts", rows);
      say(response, "marks", marks);
      return;
    }
    const trail = /^\/api\/v1\/tracks\/(\d+)\/trail$/.exec(path);
    const answer = trail ? () => trailOf(traffic, Number(trail[1])) : answers[path.replace("/api/v1/", "")];
    if (path.startsWith("/api/")) {
      response.writeHead(answer ? 200 : 404, { "content-type": "application/json", ...HEADERS });
      return response.end(JSON.stringify(answer ? answer() : { error: "not in the fixture" }));
    }
    try {
      const file = extname(path) ? path : "/index.html";
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...HEADERS });
      response.end(readFileSync(join(PAGE, file)));
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => {
    server.listen(port, "127.0.0.1", () =>
      done({
        url: `http://127.0.0.1:${server.address().port}/`,
        silence: () => (silent = true),
        tell: (event, data) => {
          for (const client of clients) say(client, event, data);
        },
        end: () => {
          clearInterval(ticking);
          server.closeAllConnections();
          server.close();
        },
      }),
    );
  });
}

/** Half an hour of a straight way. */
function trailOf(traffic, id) {
  const t = traffic.at(id);
  if (!t) return [];
  const points = [];
  for (let m = 30; m >= 0; m--) {
    const way = ((t.sog ?? 0) * m) / 3600;
    const cog = ((t.cog ?? 0) * Math.PI) / 180;
    points.push([
      traffic.now - m * 60_000,
      t.lon - (way * Math.sin(cog)) / Math.cos((t.lat * Math.PI) / 180),
      t.lat - way * Math.cos(cog),
      t.sog,
    ]);
  }
  return points;
}

if (import.meta.filename === process.argv[1]) {
  const { url } = await serve(night(), { port: Number(process.argv[2] ?? 8471) });
  console.log(url);
}
