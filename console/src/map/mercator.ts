// Web Mercator (EPSG:3857), the projection of the map; its units are metres at the equator.

const RADIUS = 6378137;
const RAD = Math.PI / 180;
/** Latitude limit of the projection, degrees. */
const MOST_LAT = 85;

export function project([lon, lat]: readonly [number, number]): [number, number] {
  const y = Math.min(MOST_LAT, Math.max(-MOST_LAT, lat));
  return [RADIUS * lon * RAD, RADIUS * Math.log(Math.tan(Math.PI / 4 + (y * RAD) / 2))];
}

export function unproject([x, y]: readonly [number, number]): [number, number] {
  return [x / RADIUS / RAD, (2 * Math.atan(Math.exp(y / RADIUS)) - Math.PI / 2) / RAD];
}

/** Map units per metre on the ground. */
export const stretch = (lat: number): number => 1 / Math.cos(Math.min(MOST_LAT, Math.abs(lat)) * RAD);
