// What does not move: depths, land, zones, places, what the sensors cover. Fetched from vigie itself, drawn by OpenLayers.

import GeoJSON from "ol/format/GeoJSON";
import type Feature from "ol/Feature";
import type { FeatureLike } from "ol/Feature";
import Graticule from "ol/layer/Graticule";
import type BaseLayer from "ol/layer/Base";
import VectorLayer from "ol/layer/Vector";
import VectorImageLayer from "ol/layer/VectorImage";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import type { Coast } from "./nautical";
import type { Colours } from "./palette";
import type { Layers } from "../store";

/** Zones that are areas of the sea; the others are small and shown near only. */
const SEA = new Set(["territorial-sea", "archipelagic-waters", "internal-waters", "contiguous-zone", "eez", "restricted", "area"]);
/** Map units a pixel below which ports and aerodromes are shown. */
const NEAR = 300;
const PLACES = 420;

export class Base {
  readonly layers: BaseLayer[];
  /** Land's edges, for what is ahead of a target. */
  coast: Coast = [];
  private colours: Colours;
  private readonly sources = {
    depths: new VectorSource(),
    coast: new VectorSource(),
    zones: new VectorSource(),
    places: new VectorSource(),
    coverage: new VectorSource(),
  };
  private readonly vector: Record<keyof Base["sources"], VectorImageLayer | VectorLayer>;
  private graticule: Graticule;

  constructor(colours: Colours) {
    this.colours = colours;
    const s = this.sources;
    const image = (source: VectorSource, style: (f: FeatureLike, r: number) => Style | undefined) =>
      new VectorImageLayer({ source, style, imageRatio: 1.5 });
    this.vector = {
      depths: image(s.depths, (f) => this.depth(f)),
      coast: image(s.coast, () => this.land()),
      zones: image(s.zones, (f, r) => this.zone(f, r)),
      coverage: image(s.coverage, (f) => this.covered(f)),
      places: new VectorLayer({ source: s.places, style: (f, r) => this.place(f, r), declutter: true }),
    };
    this.graticule = this.lines();
    const { depths, coast, zones, coverage, places } = this.vector;
    this.layers = [depths, coast, this.graticule, zones, coverage, places];
  }

  /** Fetches what there is; `layer` by layer, so that one that fails is not all. */
  async load(): Promise<void> {
    await Promise.all(
      (["coast", "zones", "places", "depths"] as const).map(async (name) => {
        const features = await fetched(`/api/v1/map/${name}`);
        this.sources[name].clear();
        this.sources[name].addFeatures(features.collection);
        if (name === "coast") this.coast = edges(features.raw);
      }),
    );
  }

  async loadCoverage(): Promise<void> {
    const { collection } = await fetched("/api/v1/coverage");
    this.sources.coverage.clear();
    this.sources.coverage.addFeatures(collection);
  }

  /** Where the sensors and zones of the own State are, to begin with. */
  extent(): number[] | null {
    const sites = this.sources.coverage.getFeatures().filter((f) => f.get("kind") === "site");
    return sites.length ? sites.map((f) => f.getGeometry()!.getExtent()).reduce(joined) : null;
  }

  zoneById(id: string): Feature | undefined {
    return this.sources.zones.getFeatures().find((f) => f.get("id") === id);
  }

  show(layers: Layers): void {
    this.vector.zones.setVisible(layers.zones);
    this.vector.depths.setVisible(layers.depths);
    this.vector.coverage.setVisible(layers.coverage);
    this.vector.places.setVisible(layers.places);
  }

  paint(colours: Colours): void {
    this.colours = colours;
    for (const layer of Object.values(this.vector)) layer.changed();
    const map = this.graticule.getMapInternal();
    const at = map?.getLayers().getArray().indexOf(this.graticule) ?? -1;
    if (map && at >= 0) {
      this.graticule = this.lines();
      map.getLayers().setAt(at, this.graticule);
    }
  }

  private lines(): Graticule {
    const label = (textAlign: "end" | "center") =>
      new Text({
        font: "11px system-ui, sans-serif",
        fill: new Fill({ color: this.colours.text }),
        textBaseline: "bottom",
        textAlign,
      });
    return new Graticule({
      strokeStyle: new Stroke({ color: this.colours.grid, width: 1 }),
      showLabels: true,
      wrapX: false,
      lonLabelStyle: label("center"),
      latLabelStyle: label("end"),
      targetSize: 160,
    });
  }

  private depth(feature: FeatureLike): Style {
    const depth = Number(feature.get("depth_m") ?? 0);
    const [shallow, middle, deep] = this.colours.depths;
    const color = depth >= 2000 ? deep : depth >= 200 ? middle : shallow;
    const polygon = /Polygon/.test(feature.getGeometry()?.getType() ?? "");
    return polygon ? new Style({ fill: new Fill({ color }) }) : new Style({ stroke: new Stroke({ color, width: 1 }) });
  }

  private land(): Style {
    return new Style({
      fill: new Fill({ color: this.colours.land }),
      stroke: new Stroke({ color: this.colours.coast, width: 1 }),
    });
  }

  private zone(feature: FeatureLike, resolution: number): Style | undefined {
    const kind = String(feature.get("kind"));
    const { zone, zoneFill, port, air } = this.colours;
    if (SEA.has(kind)) {
      const dash = feature.get("status") === "agreed" ? undefined : [6, 4];
      const restricted = kind === "restricted";
      return new Style({
        stroke: new Stroke({ color: zone, width: restricted ? 2 : 1.2, ...(dash ? { lineDash: dash } : {}) }),
        fill: new Fill({ color: restricted ? zoneFill : "rgba(0, 0, 0, 0)" }),
      });
    }
    if (kind === "fir" || kind === "adiz") return new Style({ stroke: new Stroke({ color: air, width: 1, lineDash: [2, 6] }) });
    if (resolution > NEAR) return undefined;
    const label = new Text({
      text: resolution < NEAR / 4 ? String(feature.get("name") ?? "") : "",
      font: "11px system-ui, sans-serif",
      fill: new Fill({ color: port }),
    });
    return new Style({ stroke: new Stroke({ color: kind === "aerodrome" ? air : port, width: 1 }), text: label });
  }

  private place(feature: FeatureLike, resolution: number): Style | undefined {
    if (resolution > PLACES) return undefined;
    return new Style({
      image: new Circle({ radius: 1.5, fill: new Fill({ color: this.colours.coast }) }),
      text: new Text({
        text: String(feature.get("name")),
        font: "11px system-ui, sans-serif",
        offsetY: -8,
        fill: new Fill({ color: this.colours.text }),
        stroke: new Stroke({ color: this.colours.halo, width: 2 }),
      }),
    });
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
      fill: new Fill({ color: `${color}${silent ? "22" : "14"}` }),
    });
  }
}

const joined = (a: number[], b: number[]): number[] => [
  Math.min(a[0]!, b[0]!), Math.min(a[1]!, b[1]!), Math.max(a[2]!, b[2]!), Math.max(a[3]!, b[3]!),
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

/** The rings of all polygons. */
function edges(raw: Raw): Float64Array[] {
  return raw.features.flatMap(({ geometry }) =>
    geometry.coordinates.flatMap((polygon) => polygon.map((ring) => Float64Array.from(ring.flat()))),
  );
}
