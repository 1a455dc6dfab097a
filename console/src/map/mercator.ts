// Web Mercator (EPSG:3857), in which the map is drawn: metres at the equator.

const RADIUS = 6378137;
const RAD = Math.PI / 180;
/** Beyond this the projection has no end. */
const MOST_LAT = 85;

export function project([lon, lat]: readonly [number, number]): [number, number] {
  const y = Math.min(MOST_LAT, Math.max(-MOST_LAT, lat));
  return [RADIUS * lon * RAD, RADIUS * Math.log(Math.tan(Math.PI / 4 + (y * RAD) / 2))];
}

export function unproject([x, y]: readonly [number, number]): [number, number] {
  return [x / RADIUS / RAD, (2 * Math.atan(Math.exp(y / RADIUS)) - Math.PI / 2) / RAD];
}

/** Metres of the map for a metre on the ground. */
export const stretch = (lat: number): number => 1 / Math.cos(Math.min(MOST_LAT, Math.abs(lat)) * RAD);
