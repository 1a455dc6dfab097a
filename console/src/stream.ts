// The live connection: server-sent events into the store; when it is lost the browser connects again by itself, and the
// server then begins with the whole picture.

import { batch } from "@preact/signals";
import type { AlertRow, Health, Mark, PictureFrame, PlayerState, Session } from "./api";
import * as store from "./store";

/** Connects until the returned function is called. */
export function listen(url = "/api/v1/stream"): () => void {
  const source = new EventSource(url);
  const on = <T>(name: string, take: (data: T) => void): void => {
    source.addEventListener(name, (event) => {
      batch(() => {
        store.heardAt.value = Date.now();
        take(JSON.parse((event as MessageEvent<string>).data) as T);
      });
    });
  };
  on<Session>("session", (session) => (store.session.value = session));
  on<PictureFrame>("picture", (frame) => {
    store.picture.apply(frame);
    store.pictureSeq.value = frame.seq;
  });
  on<AlertRow[]>("alerts", (rows) => (store.alerts.value = new Map(rows.map((row) => [row.alert.id, row]))));
  on<AlertRow>("alert", (row) => {
    const next = new Map(store.alerts.value);
    next.set(row.alert.id, row);
    store.alerts.value = next;
  });
  on<Mark[]>("marks", (marks) => (store.marks.value = marks));
  on<Health>("health", (health) => (store.health.value = health));
  on<PlayerState>("player", (player) => (store.player.value = player));
  const ticking = setInterval(() => (store.wallNow.value = Date.now()), 1000);
  return () => {
    clearInterval(ticking);
    source.close();
  };
}
