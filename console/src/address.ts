// State of the page in its address: view of the map, layers, filters, selection, and a moment. A reload keeps it, and a link leads to it.

import { effect } from "@preact/signals";
import type { Severity } from "./api";
import { play } from "./client";
import type { Filter } from "./groups";
import * as queue from "./queue";
import * as store from "./store";

/** What an address holds. */
export interface Place {
  view: { zoom: number; at: readonly [number, number] } | null;
  /** Layers that differ from those of a new page. */
  layers: readonly string[];
  filter: Filter;
  pattern: string;
  least: Severity;
  alert: string | null;
  /** Subject key of the selected track. */
  track: string | null;
  /** Whether the page is shown on a wall. */
  wall: boolean;
  /** Moment of a recording that stands still, ms. */
  time: number | null;
}

const FILTERS: readonly Filter[] = ["open", "acknowledged", "closed", "all"];
const FIRST = { filter: "open", pattern: "", least: "minor" } as const;

/** Writes a place as the part of an address after `#`. */
export function written(place: Place): string {
  const parts = new URLSearchParams();
  if (place.view) parts.set("map", [place.view.zoom.toFixed(2), place.view.at[1].toFixed(4), place.view.at[0].toFixed(4)].join("/"));
  if (place.layers.length) parts.set("layers", place.layers.join(","));
  for (const key of ["filter", "pattern", "least"] as const) if (place[key] !== FIRST[key]) parts.set(key, place[key]);
  if (place.alert) parts.set("alert", place.alert);
  if (place.track) parts.set("track", place.track);
  if (place.wall) parts.set("wall", "1");
  if (place.time !== null) parts.set("time", new Date(place.time).toISOString());
  return parts.toString();
}

/** Reads what `written` wrote; what is wrong is left out. */
export function read(text: string): Place {
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  const [zoom, lat, lon] = (parts.get("map") ?? "").split("/").map(Number);
  const isView = [zoom, lat, lon].every((n) => n !== undefined && Number.isFinite(n)) && Math.abs(lat!) <= 85 && Math.abs(lon!) <= 180;
  const filter = parts.get("filter") as Filter;
  const least = parts.get("least") as Severity;
  const time = Date.parse(parts.get("time") ?? "");
  return {
    view: isView ? { zoom: zoom!, at: [lon!, lat!] } : null,
    layers: (parts.get("layers") ?? "").split(",").filter(Boolean),
    filter: FILTERS.includes(filter) ? filter : FIRST.filter,
    pattern: parts.get("pattern") ?? FIRST.pattern,
    least: least in store.WORST ? least : FIRST.least,
    alert: parts.get("alert"),
    track: parts.get("track"),
    wall: parts.get("wall") === "1",
    time: Number.isFinite(time) ? time : null,
  };
}

const FIRST_LAYERS = { ...store.layers.peek() };
const layerNames = Object.keys(FIRST_LAYERS) as (keyof store.Layers)[];
/** Time within which the address follows changes, ms: browsers refuse more than some hundred a minute. */
const WRITE_AFTER_MS = 300;

function present(): Place {
  const selected = store.selection.value;
  const player = store.player.value;
  return {
    view: store.mapView.value,
    layers: layerNames.filter((name) => store.layers.value[name] !== FIRST_LAYERS[name]),
    filter: queue.filter.value,
    pattern: queue.pattern.value,
    least: queue.least.value,
    alert: selected?.kind === "alert" ? selected.id : null,
    track: selected?.kind === "track" ? (store.picture.targets.get(selected.id)?.about?.key ?? null) : null,
    wall: store.isWall.value,
    time: player && !player.playing ? player.now : null,
  };
}

/** Takes over what the address holds. The track and the moment follow once the picture and the player are there. */
function takeOver(place: Place): () => void {
  store.mapView.value = place.view;
  const layers = { ...FIRST_LAYERS };
  for (const name of layerNames) if (place.layers.includes(name)) layers[name] = !layers[name];
  store.layers.value = layers;
  [queue.filter.value, queue.pattern.value, queue.least.value] = [place.filter, place.pattern, place.least];
  store.isWall.value = place.wall && store.isViewer.value;
  if (place.alert) store.selection.value = { kind: "alert", id: place.alert };
  let { track, time } = place;
  return effect(() => {
    void store.pictureSeq.value;
    if (time !== null && store.player.value && store.isSupervisor.value) {
      const to = time;
      time = null;
      void play({ command: "pause" }).then((isPaused) => isPaused && play({ command: "seek", to }));
    }
    const target = track === null || time !== null ? undefined : store.picture.byKeyOf(track);
    if (!target) return;
    track = null;
    store.selection.value = { kind: "track", id: target.id };
  });
}

/** Keeps the address up to date until the returned function is called. */
export function listen(): () => void {
  const stop = takeOver(read(location.hash));
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const stopWriting = effect(() => {
    const text = written(present());
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (location.hash.slice(1) !== text) history.replaceState(null, "", text ? `#${text}` : location.pathname);
    }, WRITE_AFTER_MS);
  });
  return () => {
    clearTimeout(waiting);
    stopWriting();
    stop();
  };
}
