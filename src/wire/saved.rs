//! Layout of decoders in saved state, version 2: one list of values for every format. Those of lines are idle where the
//! format has none. Version 1 had no clocks of sources, and no parts that came before the first of their message.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::decoder::{Decoder, Format};
use super::nmea::{Assembly, AssemblyBefore, LineClock, Nmea};
use super::radar::OwnShips;
use super::source_clocks::SourceClocks;
use super::stations::Name;
use crate::model::{FeedId, Span, StationId, Time};

impl Serialize for Decoder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let source = self.by_format.source();
        let idle;
        let lines = match self.lines() {
            Some(lines) => lines,
            None => {
                idle = Nmea::new(source.feed);
                &idle
            }
        };
        let values = (
            source.feed,
            self.by_format.format(),
            &lines.clock,
            lines.held_arrival,
            source.newest,
            source.given,
            source.clock_ahead,
            lines.line,
            &lines.assembly,
            &lines.pending,
            &lines.held_station,
            &source.last_station,
            &lines.own_ships,
            &source.clocks,
        );
        values.serialize(serializer)
    }
}

/// Values in the order in which they are saved.
#[derive(Deserialize)]
struct Saved {
    feed: FeedId,
    format: Format,
    clock: LineClock,
    held_arrival: Time,
    newest: Time,
    given: Time,
    clock_ahead: Span,
    line: u64,
    assembly: Assembly,
    pending: Option<(Name, Option<u32>)>,
    held_station: Name,
    last_station: (Name, FeedId, StationId),
    own_ships: OwnShips,
    clocks: SourceClocks,
}

impl<'de> Deserialize<'de> for Decoder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        Ok(saved.decoder())
    }
}

impl Saved {
    fn decoder(self) -> Decoder {
        let saved = self;
        let mut decoder = Decoder::new(saved.feed, saved.format);
        let source = decoder.by_format.source_mut();
        (source.newest, source.given) = (saved.newest, saved.given);
        (source.clock_ahead, source.last_station) = (saved.clock_ahead, saved.last_station);
        source.clocks = saved.clocks;
        if let Some(lines) = decoder.lines_mut() {
            (lines.clock, lines.held_arrival, lines.line) = (saved.clock, saved.held_arrival, saved.line);
            (lines.assembly, lines.pending) = (saved.assembly, saved.pending);
            (lines.held_station, lines.own_ships) = (saved.held_station, saved.own_ships);
        }
        decoder
    }
}

/// Decoder as version 1 saved it.
#[derive(Debug, Deserialize)]
pub struct DecoderBefore(
    FeedId,
    Format,
    LineClock,
    Time,
    Time,
    Time,
    Span,
    u64,
    AssemblyBefore,
    Option<(Name, Option<u32>)>,
    Name,
    (Name, FeedId, StationId),
    OwnShips,
);

impl From<DecoderBefore> for Decoder {
    fn from(before: DecoderBefore) -> Decoder {
        let DecoderBefore(feed, format, clock, held_arrival, newest, given, clock_ahead, line, ..) = before;
        let DecoderBefore(.., assembly, pending, held_station, last_station, own_ships) = before;
        let (assembly, clocks) = (assembly.into(), SourceClocks::default());
        let saved = Saved {
            feed,
            format,
            clock,
            held_arrival,
            newest,
            given,
            clock_ahead,
            line,
            assembly,
            pending,
            held_station,
            last_station,
            own_ships,
            clocks,
        };
        saved.decoder()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::saved::{get, put};
    use crate::wire::ais::encode::{sentence, sentences, static_a};
    use crate::wire::{Arrival, Stations};

    /// Saves a decoder and restores it.
    fn restored(decoder: &Decoder) -> Decoder {
        let mut bytes = Vec::new();
        put(decoder, &mut bytes);
        let mut rest = &bytes[..];
        let restored = get(&mut rest).expect("reads");
        assert!(rest.is_empty());
        let mut again = Vec::new();
        put(&restored, &mut again);
        assert_eq!(again, bytes);
        restored
    }

    #[test]
    fn a_restored_decoder_joins_fragments_and_knows_the_station_and_time_told_before() {
        let mut ship = static_a(314_001_000, "A");
        while ship.len() < 400 {
            ship.put(0, 8);
        }
        let [first, second] = sentences(&ship, b'A', 1, false).try_into().expect("two sentences");
        let pghp = sentence("PGHP,1,2026,1,1,0,0,7,0,219,,2190047,1,2B").replacen('!', "$", 1);
        let mut decoder = Decoder::new(FeedId(3), Format::Nmea);
        let (mut stations, mut out) = (Stations::default(), Vec::new());
        let before = format!("{pghp}\n{first}");
        let counts = decoder.read("t", before.as_bytes(), Arrival::FromSource, &mut stations, &mut out);
        assert_eq!((counts.of(crate::wire::Reason::Lines), decoder.open_messages()), (2, 1));
        let mut decoder = restored(&decoder);
        let counts = decoder.read("t", second.as_bytes(), Arrival::FromSource, &mut stations, &mut out);
        assert_eq!(counts.of(crate::wire::Reason::Reports), 1);
        assert_eq!(out.last().and_then(crate::model::Input::time), Some(Time(1_767_225_607_000)));
    }

    #[test]
    fn a_decoder_of_every_format_is_restored() {
        for format in Format::ALL {
            let mut decoder = Decoder::new(FeedId(3), *format);
            decoder.set_clock_ahead(Span(40));
            let restored = restored(&decoder);
            assert_eq!(restored.by_format.format(), *format);
            assert_eq!(restored.by_format.source().clock_ahead, Span(40));
        }
    }
}
