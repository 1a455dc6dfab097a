// Applies the server-sent events to the store. After a lost connection the server starts with the whole picture.

import { batch } from "@preact/signals";
import type { Alert, AlertRow, Marked, PictureFrame, PlayerState, Session, Silence, Status, TrailRow } from "./api";
import { get, Refused } from "./client";
import { Pace } from "./pace";
import * as store from "./store";

/** Time until the next try after an HTTP error, ms; other failures the browser retries by itself. */
const AGAIN_MS = 2_000;

/** Connects until the returned function is called. */
export function listen(url = "/api/v1/stream"): () => void {
  let source: EventSource | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    source = new EventSource(url);
    take(source);
    source.onopen = () => (store.connected.value = true);
    source.onerror = () => {
      store.connected.value = false;
      if (source?.readyState !== EventSource.CLOSED) return;
      // The server refused the stream; the session may have ended.
      get<Session>("/session").then(
        (session) => (store.loggedOut.value = session.login_required && session.user === null),
        (error: unknown) => void (error instanceof Refused),
      );
      waiting = setTimeout(connect, AGAIN_MS);
    };
  };
  connect();
  const ticking = setInterval(() => (store.wallNow.value = Date.now()), 1000);
  return () => {
    clearInterval(ticking);
    clearTimeout(waiting);
    source?.close();
    store.connected.value = false;
  };
}

function take(source: EventSource): void {
  const pace = new Pace();
  const on = <T>(name: string, take: (data: T) => void): void => {
    source.addEventListener(name, (event) => {
      batch(() => take(JSON.parse((event as MessageEvent<string>).data) as T));
    });
  };
  on<Session>("session", (session) => (store.session.value = session));
  on<PictureFrame>("picture", (frame) => {
    store.heardAt.value = Date.now();
    store.wallNow.value = Date.now();
    store.picture.apply(frame);
    store.measuredSpeed.value = pace.take(store.wallNow.value, store.picture.now);
    store.pictureSeq.value = frame.seq;
  });
  on<AlertRow[]>("alerts", (rows) => {
    const known = store.alerts.value;
    store.alerts.value = new Map(rows.map((row) => [row.alert.id, row]));
    // Changes while the connection was lost count as new; those of a new page or of a seek in a recording do not.
    const isAgain = known.size > 0 && store.session.value?.mode !== "replay";
    if (isAgain) store.news.value = rows.map((row) => ({ row, before: known.get(row.alert.id) }));
  });
  on<AlertRow>("alert", (row) => {
    const next = new Map(store.alerts.value);
    store.news.value = [{ row, before: next.get(row.alert.id) }];
    next.set(row.alert.id, row);
    store.alerts.value = next;
  });
  on<Marked[]>("marks", (marks) => (store.marks.value = marks));
  on<[number, TrailRow[]][]>("trails", (trails) => store.picture.takeTrails(trails));
  on<Silence[]>("silences", (silences) => (store.allSilences.value = silences));
  on<string>("map", (tag) => (store.mapTag.value = tag));
  on<Status>("health", (health) => (store.health.value = health));
  on<PlayerState>("player", (player) => (store.player.value = player));
  on<Alert>("real", (alert) => (store.realDistress.value = alert));
}
