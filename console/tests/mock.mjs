// The page beside a server that only plays vigie's part: `node tests/mock.mjs [port] [live|replay|login|exercise]`, after
// `npm run build`. For looking at the page's states, and for tests of what a real watch shows only by chance.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { coverage, marks } from "../bench/cases.mjs";
import { coast, places, zones } from "../bench/sea.mjs";
import { night } from "../bench/traffic.mjs";
import * as watch from "./mock-watch.mjs";

const PAGE = new URL("../dist/page", import.meta.url).pathname;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const HEADERS = { "content-security-policy": "default-src 'self'; style-src 'self'; img-src 'self' data: blob:" };
const none = { type: "FeatureCollection", features: [] };

/** Serves a watch of one mode. What is done takes `delay` ms until the stream shows it. */
export function serve({ port = 0, mode = "live", role = "supervisor", user = null, delay = 120 } = {}) {
  const traffic = night();
  const state = {
    rows: new Map(watch.rows(traffic).map((row) => [row.alert.id, row])), marks: marks(traffic), log: watch.log(traffic), health: watch.health(traffic),
    player: mode === "replay" ? watch.player(traffic) : null, refusal: null,
    session: {
      node: "lca-ops", state: "LCA", version: "0", mode: mode === "login" ? "live" : mode,
      exercise: mode === "replay" ? "replay" : mode === "exercise" ? "Dawn Patrol" : null,
      login_required: mode === "login", user: mode === "login" ? null : user, role: mode === "login" ? "viewer" : role, token: "t",
    },
  };
  const clients = new Set();
  let [seq, away] = [0, false];
  const say = (client, event, data) => client.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const tell = (event, data) => clients.forEach((client) => say(client, event, data));
  const frame = (full) => ({ seq, now: Math.round(traffic.now), full, tracks: traffic.rows(full), about: full ? traffic.abouts() : [], gone: [] });
  const ticking = setInterval(() => {
    traffic.step(1);
    seq++;
    tell("picture", frame(false));
    if (seq % 2 === 0) tell("health", (state.health = { ...state.health, ...watch.health(traffic) }));
    if (state.player?.playing) {
      state.player.now = Math.min(state.player.until, state.player.now + 1000 * (state.player.speed ?? 1000));
      tell("player", state.player);
    }
  }, 1000);
  const welcome = (client) => {
    say(client, "session", state.session);
    say(client, "picture", frame(true));
    say(client, "alerts", [...state.rows.values()]);
    say(client, "marks", state.marks);
    say(client, "health", state.health);
    if (state.player) say(client, "player", state.player);
  };
  const told = (text, by, row) => state.log.unshift({ time: traffic.now, what: "action", by, alert: row?.alert.id ?? null, number: row?.number ?? null, text });
  const act = (action) => {
    if (action.action === "mark") state.marks = [...state.marks, { ...action.mark, by: action.by, time: traffic.now }];
    if (action.action === "unmark") state.marks = state.marks.filter((mark) => mark.id !== action.mark);
    if (/mark/.test(action.action)) return tell("marks", state.marks);
    if (action.action === "log") return told(action.text, action.by);
    for (const id of action.alerts ?? []) {
      const row = { ...state.rows.get(id) };
      watch.carryOut(row, action, traffic.now);
      told(`${action.action} alert ${row.number}`, action.by, row);
      state.rows.set(id, row);
      tell("alert", row);
    }
  };
  const posts = {
    actions: (body) => {
      setTimeout(() => act(body), delay);
      return [202, { id: String(seq) }];
    },
    player: (body) => {
      watch.play(state.player, body);
      tell("player", state.player);
      return [200, state.player];
    },
    login: ({ name, password }) => {
      if (password !== "right") return [401, { error: "name or password is wrong" }];
      state.session = { ...state.session, user: { name, role: "officer" }, role: "officer" };
      return [200, state.session];
    },
    logout: () => {
      state.session = { ...state.session, user: null, role: "viewer" };
      return [204, null];
    },
  };
  const gets = {
    session: () => state.session, "map/coast": () => coast, "map/zones": () => zones, "map/places": () => places, "map/depths": () => none,
    coverage, rewind: () => ({ frames: [{ now: Math.round(traffic.now) - 600_000, tracks: traffic.rows(true), gone: [] }] }), log: () => state.log,
    search: () => [], player: () => state.player, debrief: () => watch.debrief(traffic), brief: () => watch.brief,
  };
  const answer = (response, status, body, type = "application/json") => {
    response.writeHead(status, { "content-type": type, ...HEADERS });
    response.end(body === null ? "" : typeof body === "string" ? body : JSON.stringify(body));
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://mock").pathname;
    if (away) return request.socket.destroy();
    const name = path.replace("/api/v1/", "");
    const shut = state.session.login_required && state.session.user === null && !["session", "login"].includes(name);
    if (path.startsWith("/api/") && shut) return answer(response, 401, { error: "log in first" });
    if (name === "stream") {
      response.writeHead(200, { "content-type": "text/event-stream", ...HEADERS });
      clients.add(response);
      response.on("close", () => clients.delete(response));
      return welcome(response);
    }
    if (path.startsWith("/api/") && request.method === "POST") {
      let text = "";
      for await (const part of request) text += part;
      if (state.refusal && name === "actions") return answer(response, ...state.refusal);
      return answer(response, ...(posts[name]?.(JSON.parse(text)) ?? [404, { error: "not in the mock" }]));
    }
    if (path.startsWith("/api/")) {
      if (/^tracks\/\d+\/trail$/.test(name)) return answer(response, 200, watch.trail(traffic, Number(name.split("/")[1])));
      return gets[name] ? answer(response, 200, gets[name](), name === "brief" ? "text/plain" : undefined) : answer(response, 404, { error: "not in the mock" });
    }
    try {
      const file = extname(path) ? path : "/index.html";
      const bytes = readFileSync(join(PAGE, file));
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...HEADERS });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => {
    server.listen(port, "127.0.0.1", () =>
      done({
        url: `http://127.0.0.1:${server.address().port}/`, state, traffic, tell,
        /** A new alert, or one that changed. */
        alert: (row, quietly = false) => {
          state.rows.set(row.alert.id, row);
          if (!quietly) tell("alert", row);
        },
        another: (more) => watch.another(traffic, more),
        /** The server is away, or back. */
        away: (is) => {
          away = is;
          if (is) clients.forEach((client) => client.destroy());
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

if (import.meta.filename === process.argv[1]) {
  const { url } = await serve({ port: Number(process.argv[2] ?? 8472), mode: process.argv[3] ?? "live" });
  console.log(url);
}
