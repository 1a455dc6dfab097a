import { MapView } from "./map/view";

/** The whole screen. */
export function App() {
  return <MapView />;
}
