/** The map. */
export function MapView() {
  return <div class="map" />;
}
