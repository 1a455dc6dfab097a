// Static layers: depths, land, zones, places, sensor coverage. The data come from vigie; OpenLayers draws them.

import { degreesToStringHDMS } from "ol/coordinate";
import { buffer, containsCoordinate, getArea } from "ol/extent";
import type Feature from "ol/Feature";
import type { FeatureLike } from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import type LineString from "ol/geom/LineString";
import type MultiLineString from "ol/geom/MultiLineString";
import type MultiPolygon from "ol/geom/MultiPolygon";
import type BaseLayer from "ol/layer/Base";
import Graticule from "ol/layer/Graticule";
import VectorImageLayer from "ol/layer/VectorImage";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import { zoneName } from "../format";
import type { Layers } from "../store";
import type { Outline } from "./evidence";
import type { Figure } from "./figures";
import { ISLANDS } from "./islands";
import { ownLimits } from "./limits";
import { isAlwaysDrawn, isSeaKind, lineOf } from "./lines";
import { project, unproject } from "./mercator";
import type { Coast, LonLat } from "./nautical";
import type { Colours } from "./palette";
import { shore } from "./shore";
import type { Zone } from "./shown";
import type { Limit, Place } from "./targets";

/** Map units per pixel below which the outlines of ports and aerodromes are shown, with their names: a circle without a name tells nothing. */
const NEAR = 50;
/** Map units per pixel below which the names of places are shown, by kind. */
const PLACES: Record<string, number> = { island: 1_200, port: 420, town: 220, light: 220, cape: 160 };
const OTHER_PLACES = 420;
const LARGE_ISLANDS = 2_500;
/** Order in which places are named: those first by which an officer finds his way. */
const ORDER: readonly string[] = ["island", "port", "town", "light", "cape"];

const told = (zone: FeatureLike): Zone => ({
  id: String(zone.get("id")),
  name: String(zone.get("name") ?? ""),
  kind: String(zone.get("kind")),
  state: String(zone.get("state") ?? ""),
  status: (zone.get("status") as string | null) ?? null,
});

export class Base {
  readonly layers: BaseLayer[];
  /** Coastline, for the distance ahead of a target. */
  coast: Coast = [];
  /** Named places; the target layer writes the names where there is room. */
  names: Place[] = [];
  limits: Limit[] = [];
  /** Named places with their positions in degrees. */
  gazetteer: { name: string; at: LonLat }[] = [];
  private features: { places: Feature[]; zones: Feature[] } = { places: [], zones: [] };
  private colours: Colours;
  private readonly sources = {
    depths: new VectorSource(),
    coast: new VectorSource(),
    sea: new VectorSource(),
    zones: new VectorSource(),
    coverage: new VectorSource(),
  };
  private readonly vector: Record<keyof Base["sources"], VectorImageLayer>;
  private graticule: Graticule;
  private hatch: CanvasPattern | string;

  constructor(colours: Colours) {
    this.colours = colours;
    this.hatch = hatched(colours.silent);
    const s = this.sources;
    const image = (source: VectorSource, style: (f: FeatureLike, r: number) => Style | Style[] | undefined) =>
      new VectorImageLayer({ source, style, imageRatio: 1.5, declutter: true });
    this.vector = {
      depths: image(s.depths, (f) => this.depth(f)),
      sea: image(s.sea, (f, r) => this.zone(f, r)),
      coast: image(s.coast, (f) => this.land(f)),
      zones: image(s.zones, (f, r) => this.zone(f, r)),
      coverage: image(s.coverage, (f) => this.covered(f)),
    };
    this.graticule = this.lines();
    const { depths, sea, coast, zones, coverage } = this.vector;
    // Land covers sea areas, which end at the coast.
    this.layers = [depths, sea, coast, this.graticule, zones, coverage];
  }

  /** Fetches the layers one by one, so that one failure does not affect the others. */
  async load(): Promise<void> {
    await Promise.all(
      (["coast", "zones", "places", "depths"] as const).map(async (name) => {
        const { raw, collection } = await fetched(`/api/v1/map/${name}`);
        if (name === "coast") {
          this.coast = edges(raw);
          const box = collection.map((land) => land.getGeometry()!.getExtent()).reduce(joined, [Infinity, Infinity, -Infinity, -Infinity]);
          for (const land of collection) land.set("shore", shore(land, box), true);
        }
        if (name === "places" || name === "zones") this.features[name] = collection;
        if (name === "coast" || name === "depths") this.sources[name].addFeatures(collection);
      }),
    );
    this.divide();
  }

  /** Fetches zones and places anew: they were reloaded under way. */
  async loadZones(): Promise<void> {
    for (const name of ["zones", "places"] as const) this.features[name] = (await fetched(`/api/v1/map/${name}`)).collection;
    this.divide();
  }

  /** Puts zones on their layers, and collects the names. */
  private divide(): void {
    const { zones, places } = this.features;
    this.sources.sea.clear();
    this.sources.zones.clear();
    this.sources.sea.addFeatures(zones.filter(isOfSea));
    this.sources.zones.addFeatures(zones.filter((zone) => !isOfSea(zone)));
    this.gazetteer = places.map((place) => ({
      name: String(place.get("name") ?? ""),
      at: unproject(place.getGeometry()!.getExtent().slice(0, 2) as [number, number]),
    }));
    this.name();
  }

  /**
   * Zones at a place in map units: those whose drawn outline runs within a distance of it, nearest first, then those that hold the
   * place, small ones first. The resolution decides which outlines are drawn.
   */
  zonesAt(place: readonly [number, number], within = 0, resolution = Infinity): Zone[] {
    const at = [...place];
    const found: { zone: Feature; away: number; size: number }[] = [];
    for (const zone of this.features.zones) {
      const shape = zone.getGeometry();
      if (!shape || !containsCoordinate(buffer(shape.getExtent(), within), at)) continue;
      const [x, y] = shape.getClosestPoint(at) as [number, number];
      const toLine = Math.hypot(x - at[0]!, y - at[1]!);
      const isOnLine = toLine < within && (resolution <= NEAR || isAlwaysDrawn(told(zone).kind));
      if (!isOnLine && !shape.intersectsCoordinate(at)) continue;
      found.push({ zone, away: isOnLine ? toLine : within, size: getArea(shape.getExtent()) });
    }
    return found.sort((a, b) => a.away - b.away || a.size - b.size).map(({ zone }) => told(zone));
  }

  /** Limits of the sea areas, with their names without the legal status. */
  private limitsOf(zones: Feature[]): Limit[] {
    const shape = (zone: Feature): MultiPolygon => zone.getGeometry() as MultiPolygon;
    // The outer limits alone: an inner one is the limit of the area that lies there.
    const rings = (zone: Feature): number[][][] =>
      shape(zone)
        .getCoordinates()
        .flatMap((part) => part.slice(0, 1));
    const own = ownLimits(zones.map((zone) => ({ kind: told(zone).kind, rings: rings(zone) })));
    return zones.map((zone, i) => {
      const text = zoneName(told(zone)).replace(/ \([^)]*\)$/, "");
      return { text, extent: shape(zone).getExtent(), lines: own[i]! };
    });
  }

  /** Collects the names in the palette's colours: places before zones, which have less room. */
  private name(): void {
    const { colours } = this;
    const middle = (feature: Feature): [number, number] => {
      const [west, south, east, north] = feature.getGeometry()!.getExtent() as [number, number, number, number];
      return [(west + east) / 2, (south + north) / 2];
    };
    const named = (feature: Feature, colour: string, below: number, must = false): Place => {
      const [x, y] = middle(feature);
      return { text: String(feature.get("name") ?? ""), x, y, colour, below, must };
    };
    const small = this.sources.zones.getFeatures();
    const kindOf = (place: Feature): string => String(place.get("kind") ?? "");
    const rank = (place: Feature): number => (ORDER.indexOf(kindOf(place)) + ORDER.length + 1) % (ORDER.length + 1);
    const places = [...this.features.places].sort((a, b) => rank(a) - rank(b));
    const must = (place: Feature): boolean => ["island", "port"].includes(kindOf(place));
    const island = ([text, at]: (typeof ISLANDS)[number]): Place => {
      const [x, y] = project(at);
      return { text, x, y, colour: colours.place, below: LARGE_ISLANDS, must: true };
    };
    this.limits = this.limitsOf(this.sources.sea.getFeatures());
    this.names = [
      ...ISLANDS.map(island),
      ...places.map((place) => named(place, colours.place, PLACES[kindOf(place)] ?? OTHER_PLACES, must(place))),
      ...small.map((zone) => named(zone, zone.get("kind") === "aerodrome" ? colours.air : colours.port, NEAR)),
    ];
  }

  async loadCoverage(): Promise<void> {
    const { collection } = await fetched("/api/v1/coverage");
    this.sources.coverage.clear();
    this.sources.coverage.addFeatures(collection);
  }

  /** Extent of the sensors and zones of the own State, the initial view. */
  extent(): number[] | null {
    const sites = this.sources.coverage.getFeatures().filter((f) => f.get("kind") === "site");
    return sites.length ? sites.map((f) => f.getGeometry()!.getExtent()).reduce(joined) : null;
  }

  /** Rings of a zone in map units; none if the zone is unknown. */
  outline(id: string): Outline {
    const zone = this.features.zones.find((feature) => feature.get("id") === id);
    return (zone?.getGeometry() as MultiPolygon | undefined)?.getCoordinates().flat() ?? [];
  }

  show(layers: Layers): void {
    this.vector.sea.setVisible(layers.zones);
    this.vector.zones.setVisible(layers.zones);
    this.vector.depths.setVisible(layers.depths);
    this.vector.coverage.setVisible(layers.coverage);
  }

  paint(colours: Colours): void {
    this.colours = colours;
    this.hatch = hatched(colours.silent);
    this.name();
    for (const layer of Object.values(this.vector)) layer.changed();
    const map = this.graticule.getMapInternal();
    const at = map?.getLayers().getArray().indexOf(this.graticule) ?? -1;
    if (map && at >= 0) {
      this.graticule = this.lines();
      map.getLayers().setAt(at, this.graticule);
    }
  }

  /** Lines of the graticule with their figures, in map units; the target layer writes the figures. */
  figures(): { meridians: Figure[]; parallels: Figure[] } {
    const read = (lines: LineString[], axis: 0 | 1, letters: string): Figure[] =>
      lines.map((line) => {
        const from = line.getFirstCoordinate() as [number, number];
        return { text: degreesToStringHDMS(letters, unproject(from)[axis]), at: from[axis] };
      });
    return { meridians: read(this.graticule.getMeridians(), 0, "EW"), parallels: read(this.graticule.getParallels(), 1, "NS") };
  }

  private lines(): Graticule {
    return new Graticule({ strokeStyle: new Stroke({ color: this.colours.grid, width: 1 }), wrapX: false, targetSize: 160 });
  }

  private depth(feature: FeatureLike): Style {
    const depth = Number(feature.get("depth_m") ?? 0);
    const [shallow, middle, deep] = this.colours.depths;
    const color = depth >= 2000 ? deep : depth >= 200 ? middle : shallow;
    const polygon = /Polygon/.test(feature.getGeometry()?.getType() ?? "");
    return polygon ? new Style({ fill: new Fill({ color }) }) : new Style({ stroke: new Stroke({ color, width: 1 }) });
  }

  private land(feature: FeatureLike): Style[] {
    const line = new Style({ stroke: new Stroke({ color: this.colours.coast, width: 1.3 }) });
    // No coastline is drawn at the edge of the data.
    const edge = feature.get("shore") as MultiLineString | undefined;
    if (edge) line.setGeometry(edge);
    return [new Style({ fill: new Fill({ color: this.colours.land }) }), line];
  }

  private zone(feature: FeatureLike, resolution: number): Style | undefined {
    const { kind, status } = told(feature);
    if (resolution > NEAR && !isAlwaysDrawn(kind)) return undefined;
    const { colour, width, dash } = lineOf(kind, status);
    const stroke = new Stroke({ color: this.colours[colour], width, lineDash: [...dash] });
    return new Style({ stroke, ...(kind === "restricted" ? { fill: new Fill({ color: this.colours.zoneFill }) } : {}) });
  }

  private covered(feature: FeatureLike): Style {
    const silent = feature.get("state") === "silent";
    const color = silent ? this.colours.silent : this.colours.coverage;
    if (feature.get("kind") === "site") {
      return new Style({
        image: new Circle({ radius: 4, fill: new Fill({ color }), stroke: new Stroke({ color: this.colours.halo, width: 1 }) }),
        text: new Text({
          text: String(feature.get("feed")) + (silent ? " ✕" : ""),
          font: "11px system-ui, sans-serif",
          offsetY: 14,
          fill: new Fill({ color }),
          stroke: new Stroke({ color: this.colours.halo, width: 2 }),
        }),
      });
    }
    const reach = feature.get("kind") === "reach";
    return new Style({
      stroke: new Stroke({ color, width: 1.4, ...(reach ? { lineDash: [8, 4] } : {}) }),
      fill: new Fill({ color: silent ? this.hatch : `${color}14` }),
    });
  }
}

const isOfSea = (zone: FeatureLike): boolean => isSeaKind(told(zone).kind);

const joined = (a: number[], b: number[]): number[] => [
  Math.min(a[0]!, b[0]!),
  Math.min(a[1]!, b[1]!),
  Math.max(a[2]!, b[2]!),
  Math.max(a[3]!, b[3]!),
];

interface Raw {
  features: { geometry: { type: string; coordinates: number[][][][] } }[];
}

async function fetched(url: string): Promise<{ raw: Raw; collection: Feature[] }> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const raw = (await answer.json()) as Raw;
  return { raw, collection: new GeoJSON({ featureProjection: "EPSG:3857" }).readFeatures(raw) as Feature[] };
}

/** Hatching for the coverage of a silent station. */
function hatched(colour: string): CanvasPattern | string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 10;
  const c = canvas.getContext("2d");
  if (!c) return colour;
  c.strokeStyle = colour;
  c.globalAlpha = 0.55;
  c.lineWidth = 1.2;
  c.beginPath();
  for (const at of [-10, 0, 10]) {
    c.moveTo(at, 10);
    c.lineTo(at + 10, 0);
  }
  c.stroke();
  return c.createPattern(canvas, "repeat") ?? colour;
}

/** Rings of all polygons. */
function edges(raw: Raw): Float64Array[] {
  return raw.features.flatMap(({ geometry }) =>
    geometry.coordinates.flatMap((polygon) => polygon.map((ring) => Float64Array.from(ring.flat()))),
  );
}
