//! List of the formats, and the decoder of one topic.

use serde::{Deserialize, Serialize};

#[cfg(feature = "mode-s")]
use super::air::ModeS;
use super::air::{Readsb, Sbs};
use super::asterix::{self, Asterix};
use super::context::{Arrival, Context};
use super::json::{AisCatcher, Digitraffic, Tracks};
use super::nmea::Nmea;
use super::shared::{Peer, TakenLetters, Vigie};
use super::source::Source;
use super::stations::Stations;
use super::tally::Counts;
use crate::model::{FeedId, Input, Span};

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $source:ident $(. $inner:ident)? $(, if $feature:tt)?;)*) => {
        /// Format of a feed's payloads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Format { $($(#[$doc])* $(#[cfg(feature = $feature)])? $name,)* }

        impl Format {
            /// Every format, in the order of declaration, which saved state relies on.
            pub const ALL: &'static [Format] = &[$($(#[cfg(feature = $feature)])? Format::$name,)*];
            /// Word of every format in configuration files, in the order of [`Format::ALL`].
            pub const WORDS: &'static [&'static str] = &[$($(#[cfg(feature = $feature)])? $word,)*];

            /// Returns the word of the format in configuration files.
            pub const fn word(self) -> &'static str {
                match self { $($(#[cfg(feature = $feature)])? Format::$name => $word,)* }
            }
        }

        /// Decoder of one topic by its format.
        #[derive(Debug)]
        pub(super) enum ByFormat { $($(#[cfg(feature = $feature)])? $name($name),)* }

        impl ByFormat {
            fn new(feed: FeedId, format: Format) -> ByFormat {
                match format { $($(#[cfg(feature = $feature)])? Format::$name => ByFormat::$name($name::new(feed)),)* }
            }

            fn decode(&mut self, topic: &str, payload: &[u8], context: &mut Context<'_>) {
                match self { $($(#[cfg(feature = $feature)])? ByFormat::$name(decoder) => decoder.decode(topic, payload, context),)* }
            }

            /// Returns the format.
            pub fn format(&self) -> Format {
                match self { $($(#[cfg(feature = $feature)])? ByFormat::$name(_) => Format::$name,)* }
            }

            /// Returns feed, clock and last station.
            pub fn source(&self) -> &Source {
                match self { $($(#[cfg(feature = $feature)])? ByFormat::$name(decoder) => &decoder.$source$(.$inner)?,)* }
            }

            /// Returns feed, clock and last station, to change them.
            pub fn source_mut(&mut self) -> &mut Source {
                match self { $($(#[cfg(feature = $feature)])? ByFormat::$name(decoder) => &mut decoder.$source$(.$inner)?,)* }
            }
        }
    };
}

formats! {
    /// Lines of NMEA 0183: AIVDM sentences, radar TTM and TLL, TAG blocks, `$PGHP` lines, times after the checksum.
    Nmea, "nmea", source;
    /// JSON of AIS-catcher (JSON_FULL, JSON_NMEA) or its plain NMEA.
    AisCatcher, "aiscatcher", lines.source;
    /// Messages `vessels-v2/<mmsi>/location` and `…/metadata` of Digitraffic.
    Digitraffic, "digitraffic", source;
    /// ASTERIX data blocks, one or several to a payload.
    Asterix, "asterix", source;
    /// Tracks of any sensor as GeoJSON Features (`docs/tracks.md`).
    Tracks, "tracks", source;
    /// SBS-1 ("BaseStation") lines of aircraft.
    Sbs, "sbs", source;
    /// The `aircraft.json` of readsb and dump1090.
    Readsb, "readsb", source;
    /// Raw Mode S: Beast, AVR lines, or JSON with `frame` and `timestamp`.
    ModeS, "modes", source, if "mode-s";
    /// Messages of another centre (`docs/sharing.md`). The configuration makes these feeds from the list of centres.
    Vigie, "vigie", source;
}

impl Format {
    /// Word of every format that a feed of the configuration may have: all but that of other centres, which come last.
    pub const CONFIGURED_WORDS: &'static [&'static str] = match Format::WORDS.split_last() {
        Some((_, words)) => words,
        None => &[],
    };

    /// Returns the format of a word in configuration files.
    pub fn of_word(word: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|format| format.word() == word)
    }

    /// Guesses the format of a payload on a topic that no feed names: ASTERIX where it consists of blocks alone, JSON and
    /// lines of aircraft by their form, else NMEA.
    pub fn guess(payload: &[u8]) -> Format {
        let text = payload.trim_ascii_start();
        let holds = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        // A program without the decoder counts such a payload as lines that it cannot read.
        let raw_mode_s = || Format::of_word("modes").unwrap_or(Format::Nmea);
        match text.first() {
            Some(b'{' | b'[') if holds("\"aircraft\"") || holds("\"hex\"") => Format::Readsb,
            Some(b'{' | b'[') if holds("\"frame\"") => raw_mode_s(),
            Some(b'{' | b'[') if holds("\"Feature") => Format::Tracks,
            Some(b'{' | b'[') if holds("\"mmsi\"") || holds("\"nmea\"") => Format::AisCatcher,
            Some(b'M') if text.starts_with(b"MSG,") || text.starts_with(b"MLAT,") => Format::Sbs,
            Some(b'*' | b'@') => raw_mode_s(),
            _ if asterix::is_blocks(payload) => Format::Asterix,
            _ => Format::Nmea,
        }
    }
}

/// Decoder of the payloads of one topic, or of one file of a text log. It keeps what later payloads need: open messages,
/// the time told last, own ships. It never panics, whatever the bytes; its memory is bounded.
///
/// # Examples
///
/// ```
/// use vigie::model::{Body, FeedId, Input, Mmsi, NavStatus, Time};
/// use vigie::wire::{Arrival, Decoder, Format, Reason, Stations};
///
/// let mut decoder = Decoder::new(FeedId(0), Format::Nmea);
/// let (mut stations, mut inputs) = (Stations::default(), Vec::new());
/// let line = b"!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C\r\n";
/// let arrival = Arrival::Stamped(Time::from_secs(1_767_225_600));
/// let counts = decoder.read("ais/coast", line, arrival, &mut stations, &mut inputs);
///
/// assert_eq!(counts.of(Reason::Reports), 1);
/// let Some(Input::Report(report)) = inputs.pop() else { panic!("a report") };
/// assert_eq!(report.mmsi, Mmsi(477_553_000));
/// let Body::Position(said) = report.body else { panic!("a position") };
/// assert_eq!(said.nav_status, Some(NavStatus(5)));
/// assert_eq!(said.kinematics.sog_kn, Some(0.0));
/// ```
#[derive(Debug)]
pub struct Decoder {
    pub(super) by_format: ByFormat,
}

impl Decoder {
    /// Returns a decoder for a topic of a feed.
    pub fn new(feed: FeedId, format: Format) -> Decoder {
        Decoder { by_format: ByFormat::new(feed, format) }
    }

    /// Sets how far the clock of the source is ahead: every time that it tells is reduced by this.
    pub fn set_clock_ahead(&mut self, by: Span) {
        self.by_format.source_mut().clock_ahead = by;
    }

    /// Sets whether reports may come late: their own times then count, however far behind arrival they are.
    pub fn set_late(&mut self, is_late: bool) {
        self.by_format.source_mut().is_late = is_late;
    }

    /// Sets the two ends of what another centre sends; without effect on every other format.
    pub fn set_peer(&mut self, peer: Option<&Peer>) {
        if let ByFormat::Vigie(decoder) = &mut self.by_format {
            decoder.peer = peer.cloned();
        }
    }

    /// Returns the numbers of the letters that another centre has sent; `None` for every other format.
    pub fn taken_letters(&self) -> Option<&TakenLetters> {
        match &self.by_format {
            ByFormat::Vigie(decoder) => Some(&decoder.taken),
            _ => None,
        }
    }

    /// Sets the numbers of the letters that another centre has sent, as an earlier run knew them.
    pub fn set_taken_letters(&mut self, taken: TakenLetters) {
        if let ByFormat::Vigie(decoder) = &mut self.by_format {
            decoder.taken = taken;
        }
    }

    /// Reads a payload, one sentence or thousands of lines: appends its content to `inputs`, in its order, and returns its
    /// counts. They belong to the feed of the topic, also for reports of a station that another feed claims.
    pub fn read(
        &mut self,
        topic: &str,
        payload: &[u8],
        arrival: Arrival,
        stations: &mut Stations,
        inputs: &mut Vec<Input>,
    ) -> Counts {
        let mut context = Context { arrival, stations, inputs, counts: Counts::default() };
        self.by_format.decode(topic, payload, &mut context);
        context.counts
    }

    /// Returns the number of AIS messages of which fragments have come and others are awaited.
    pub fn open_messages(&self) -> usize {
        self.lines().map_or(0, |lines| lines.assembly.len())
    }

    /// Appends what waits for the next line, and counts the messages whose fragments have not all come, at the end of a
    /// recording.
    pub fn end(&mut self, stations: &mut Stations, inputs: &mut Vec<Input>) -> Counts {
        let mut context =
            Context { arrival: Arrival::FromSource, stations, inputs, counts: Counts::default() };
        if let Some(lines) = self.lines_mut() {
            lines.end(&mut context);
        }
        context.counts
    }

    /// Returns the decoder of the format's NMEA lines, where it has them.
    pub(super) fn lines(&self) -> Option<&Nmea> {
        match &self.by_format {
            ByFormat::Nmea(lines) => Some(lines),
            ByFormat::AisCatcher(decoder) => Some(&decoder.lines),
            _ => None,
        }
    }

    /// Returns the decoder of the format's NMEA lines, where it has them, to change it.
    pub(super) fn lines_mut(&mut self) -> Option<&mut Nmea> {
        match &mut self.by_format {
            ByFormat::Nmea(lines) => Some(lines),
            ByFormat::AisCatcher(decoder) => Some(&mut decoder.lines),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_word_of_its_own_and_is_found_by_it() {
        for format in Format::ALL {
            assert_eq!(Format::of_word(format.word()), Some(*format));
            assert_eq!(Format::WORDS[*format as usize], format.word());
        }
        assert_eq!(Format::of_word("guess"), None);
    }

    #[test]
    fn a_format_is_guessed_by_its_form() {
        for (payload, format) in [
            ("!AIVDM,1,1,,A,1,0*00", Format::Nmea),
            (r#"{"now":1,"aircraft":[]}"#, Format::Readsb),
            (r#"{"timestamp":1,"frame":"8d"}"#, Format::ModeS),
            (r#"{"type":"FeatureCollection","features":[]}"#, Format::Tracks),
            (r#"[{"class":"AIS","nmea":["!AIVDM"]}]"#, Format::AisCatcher),
            ("MSG,3,1,1,0BE123", Format::Sbs),
            ("*8d3461ce58079115ee53983ccf11;", Format::ModeS),
            ("words", Format::Nmea),
        ] {
            assert_eq!(Format::guess(payload.as_bytes()), format, "{payload}");
        }
    }
}
