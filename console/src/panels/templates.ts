// A message of each kind that a format reads, for the director to begin with.

export interface Template {
  name: string;
  payload: string;
}

export const TEMPLATES: Record<string, readonly Template[]> = {
  nmea: [
    { name: "AIS", payload: "!AIVDM,1,1,,A,14eG;o@034o8sd<L9i:a;WF>062D,0*7D" },
    { name: "TTM", payload: sentence("RATTM,07,5.0,180.0,T,12.0,270.0,T,,,N,,T,,,") },
    { name: "TLL", payload: sentence("RATLL,07,1300.000,N,05942.000,W,,,T,") },
  ],
  aiscatcher: [
    {
      name: "AIS",
      payload: '{"class":"AIS","type":1,"mmsi":314001000,"lon":-59.7,"lat":13.0,"speed":12,"course":270,"heading":270,"status":0}',
    },
  ],
  tracks: [
    {
      name: "GeoJSON",
      payload:
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[-59.7,13.0]},"properties":{"track":"7","sog_kn":12,"cog_deg":270}}',
    },
  ],
  sbs: [{ name: "MSG,3", payload: "MSG,3,1,1,A1B2C3,1,,,,,,1500,,,13.0,-59.7,,,,,,0" }],
  readsb: [
    {
      name: "aircraft.json",
      payload: '{"hex":"a1b2c3","lat":13.0,"lon":-59.7,"alt_baro":1500,"gs":120,"track":270,"seen":0,"seen_pos":0}',
    },
  ],
  modes: [{ name: "AVR", payload: "*8D4840D6202CC371C32CE0576098;" }],
};

/** A sentence with its check sum. */
function sentence(body: string): string {
  const sum = [...body].reduce((sum, letter) => sum ^ letter.charCodeAt(0), 0);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, "0")}`;
}
