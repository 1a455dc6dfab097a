//! Every key of every file, declared once: the reader, the reference page and the JSON Schema are made from it.

use crate::model::{ShipType, Who};
use crate::wire::Format;

/// The form of a key's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Any text but the empty one.
    Text,
    /// Letters, digits, `-`.
    Name,
    /// One text or a list of them; each is unique in it.
    Texts,
    /// ISO 3166-1 alpha-3.
    State,
    /// A list of codes of ISO 3166-1 alpha-3.
    States,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of some of these words.
    SomeOf(&'static [&'static str]),
    /// One MQTT topic filter or a list of them.
    Filters,
    /// `mqtt://` or `mqtts://`, host, port.
    Url,
    /// Longitude and latitude.
    Position,
    /// A length with its unit.
    Metres,
    /// A length over 0 with its unit, up to so many metres.
    Length(f64),
    /// An angle over 0 with its unit, up to so many degrees.
    Angle(f64),
    /// A duration over 0 with its unit, up to so many seconds.
    Duration(f64),
    /// Two bearings in degrees true: clockwise from the first to the second.
    Sector,
    /// A whole number in these bounds.
    Count(u32, u32),
    /// `true` or `false`.
    Switch,
    /// A day, or a moment in RFC 3339.
    Date,
    /// Nine digits.
    Mmsi,
    /// Seven digits.
    Imo,
    /// A table.
    Table(&'static Table),
    /// A list of tables.
    Tables(&'static Table),
    /// The limits of the rule's pattern.
    Limits,
    /// Known, and refused with this mend.
    Refused(&'static str),
}

/// Whether a key must be there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Need {
    Required,
    /// Absent means what the words say.
    Absent(&'static str),
    /// Absent means this value, as it would be written.
    Default(&'static str),
}

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub need: Need,
    pub doc: &'static str,
}

/// A table of keys.
#[derive(Debug)]
pub(super) struct Table {
    /// Heading as a file has it: `[node]`, `[[rule]]`; empty for the file itself.
    pub heading: &'static str,
    pub doc: &'static str,
    pub keys: &'static [Key],
}

/// Words of `severity`, see [`crate::model::Severity`].
pub(super) const SEVERITIES: &[&str] = &["minor", "moderate", "severe", "extreme"];

use Need::{Absent, Default, Required};

const fn key(name: &'static str, kind: Kind, need: Need, doc: &'static str) -> Key {
    Key { name, kind, need, doc }
}

/// `vigie.toml`
pub(super) const MAIN: Table = Table {
    heading: "",
    doc: "`vigie.toml`. The names of other files start from its folder.",
    keys: &[
        key("node", Kind::Table(&NODE), Required, "This node."),
        key("broker", Kind::Table(&BROKER), Absent("`run` refuses to start"), "The MQTT broker."),
        key("feed", Kind::Tables(&FEED), Absent("no feed"), "The sources, one table each."),
        key("zones", Kind::Table(&ZONES), Absent("no zones"), "The areas, the coast and the named places."),
        key("rules", Kind::Table(&RULES), Absent("no rules"), "The rules."),
        key("lists", Kind::Table(&LISTS), Absent("no lists"), "The centre's own lists of vessels."),
        key("picture", Kind::Table(&PICTURE), Absent("the defaults of its keys"), "Bounds of memory."),
        key(
            "sharing",
            Kind::Table(&SHARING),
            Absent("the defaults of its keys"),
            "How what leaves is marked.",
        ),
        key("http", Kind::Table(&HTTP), Absent("nothing listens"), "The console, and what monitoring asks."),
        key("state", Kind::Table(&STATE), Absent("the defaults of its keys"), "What is kept on disk."),
    ],
};

const NODE: Table = Table {
    heading: "[node]",
    doc: "This node.",
    keys: &[
        key(
            "name",
            Kind::Name,
            Required,
            "Names this node in topics and in alerts: letters, digits and `-`. No two nodes that share a channel have the same.",
        ),
        key("state", Kind::State, Required, "The State whose node it is."),
    ],
};

const BROKER: Table = Table {
    heading: "[broker]",
    doc: "The MQTT broker that brings the feeds and takes the alerts.",
    keys: &[
        key(
            "url",
            Kind::Url,
            Required,
            "`mqtts://host:port` (TLS) or `mqtt://host:port`; without a port 8883 or 1883.",
        ),
        key("user", Kind::Text, Absent("no user name is sent"), "User name."),
        key(
            "password_file",
            Kind::Text,
            Absent("the environment variable `VIGIE_BROKER_PASSWORD`, if set"),
            "A file whose first line is the password.",
        ),
        key(
            "password",
            Kind::Refused(
                "a password does not belong in a configuration; write it to a file and name that file in password_file, or set the environment variable VIGIE_BROKER_PASSWORD",
            ),
            Absent(""),
            "",
        ),
        key(
            "ca_file",
            Kind::Text,
            Absent("the system's authorities"),
            "PEM file of the authority that signed the broker's certificate.",
        ),
        key(
            "identity_file",
            Kind::Text,
            Absent("no certificate is sent"),
            "PKCS #12 file with this node's certificate and key; its password, if any, is in the environment variable `VIGIE_IDENTITY_PASSWORD`.",
        ),
        key(
            "max_actions_per_second",
            Kind::Count(1, 100_000),
            Default("100"),
            "Officers' actions and receipts that may come over MQTT, from all senders together: a minute's worth at once, and what waited while the broker was away. What is over is dropped and counted; what is done at the own console is not limited.",
        ),
    ],
};

const FEED: Table = Table {
    heading: "[[feed]]",
    doc: "A source: one receiver, or one service that brings several.",
    keys: &[
        key("name", Kind::Name, Required, "Unique: letters, digits and `-`."),
        key(
            "topic",
            Kind::Filters,
            Required,
            "An MQTT topic filter, or a list of them. No topic may match the filters of two feeds. In packet captures a datagram's topic is `udp/<to address>/<to port>`.",
        ),
        key(
            "stations",
            Kind::Texts,
            Absent("its own name alone"),
            "Names of stations, as lines name them (TAG `s:`, or `,rNAME` after the checksum; ASTERIX: `SAC/SIC`), whose reports are this feed's.",
        ),
        key("format", Kind::OneOf(Format::WORDS), Required, "How payloads are written."),
        key(
            "marking",
            Kind::Text,
            Absent("that of `[sharing] unmarked`"),
            "The protective marking of what it brings, one of `[sharing] levels`.",
        ),
        key(
            "releasable_to",
            Kind::States,
            Absent("the own State alone"),
            "The States that alerts which rest on it may be released to, besides the own one.",
        ),
        key(
            "clock_ahead",
            Kind::Duration(604_800.0),
            Absent("its times are taken as they are"),
            "The source's clock is wrong by so much, ahead of UTC; it is taken off every time that the feed tells. `clock_offset_s` of the status shows what is measured.",
        ),
        key(
            "clock_behind",
            Kind::Duration(604_800.0),
            Absent("its times are taken as they are"),
            "As `clock_ahead`, for a clock that is behind.",
        ),
        key(
            "max_messages_per_second",
            Kind::Count(1, 1_000_000),
            Default("10000"),
            "Messages that it may bring: a minute's worth at once, and what waited while the broker was away. What is over is dropped before it is recorded or read, counted as `over-limit`, and told in the log once.",
        ),
        key(
            "max_bytes_per_second",
            Kind::Count(100_000, 1_000_000_000),
            Default("32000000"),
            "Bytes of payload, likewise.",
        ),
        key(
            "position",
            Kind::Position,
            Absent("not known"),
            "The sensor's site as longitude and latitude in degrees: `[-59.432, 13.164]`. Ranges and bearings count from it; a radar that moves is where its own stream says (`GGA`, `GLL`, `RMC`, `VDO`).",
        ),
        key(
            "radar",
            Kind::Table(&RADAR),
            Absent("the defaults of its keys, where a range and bearing come"),
            "What is known of it as a radar.",
        ),
    ],
};

/// `[feed.radar]`; the defaults are those of [`crate::model::Radar`].
pub(super) const RADAR: Table = Table {
    heading: "[feed.radar]",
    doc: "What is known of a feed as a radar. Its contacts have this accuracy where the format tells none.",
    keys: &[
        key("range_sigma", Kind::Length(10_000.0), Default("\"30 m\""), "Standard deviation in range."),
        key("bearing_sigma", Kind::Angle(20.0), Default("\"0.5°\""), "Standard deviation in bearing."),
        key(
            "beam_width",
            Kind::Angle(90.0),
            Default("\"1°\""),
            "Horizontal beam width: two targets closer than this in bearing are one to it.",
        ),
        key(
            "range_resolution",
            Kind::Length(10_000.0),
            Default("\"40 m\""),
            "Two targets closer than this in range are one to it.",
        ),
        key("reach", Kind::Length(500_000.0), Default("\"12 nm\""), "How far it sees a small craft."),
        key(
            "domain",
            Kind::OneOf(&["surface", "air"]),
            Absent("its words say, or their heights do, or they are of the surface"),
            "What it is there to see: of an air surveillance radar's plots without a transponder nothing else tells that they fly.",
        ),
        key(
            "sector",
            Kind::Sector,
            Absent("it looks all round"),
            "Where it looks: clockwise from the first bearing to the second, in degrees true: `[350, 140]`.",
        ),
    ],
};

const ZONES: Table = Table {
    heading: "[zones]",
    doc: "GeoJSON files in WGS 84. Names with `*` stand for all files that fit.",
    keys: &[
        key(
            "files",
            Kind::Texts,
            Absent("no zones"),
            "Zones: (Multi)Polygons with the properties `id`, `kind`, `name`, and where known `state`, `status`, `authority`, `date`, `marking`, `releasable_to`.",
        ),
        key("coast", Kind::Texts, Absent("distances to the coast are not told"), "Land: (Multi)Polygons."),
        key(
            "places",
            Kind::Texts,
            Absent("alerts name no place"),
            "Places that alerts can name: Points with the property `name`.",
        ),
    ],
};

const RULES: Table = Table {
    heading: "[rules]",
    doc: "Rule files.",
    keys: &[key("files", Kind::Texts, Required, "Names with `*` stand for all files that fit.")],
};

const LISTS: Table = Table {
    heading: "[lists]",
    doc: "Lists of vessels: files, and what comes over MQTT.",
    keys: &[
        key("files", Kind::Texts, Required, "Names with `*` stand for all files that fit."),
        key(
            "topic",
            Kind::Text,
            Absent("files alone"),
            "A topic filter: each message on it, retained or not, holds lists as a file does. One takes the place of the file's list of the same name; one that a rule's `not_listed` names is refused, since only files exempt.",
        ),
    ],
};

const PICTURE: Table = Table {
    heading: "[picture]",
    doc: "Bounds of memory.",
    keys: &[
        key(
            "history_points",
            Kind::Count(2, 10_000),
            Default("120"),
            "Points of history kept for a track, at most.",
        ),
        key(
            "tracks",
            Kind::Count(1, 10_000_000),
            Default("2000000"),
            "Tracks at most; beyond that, the one unheard for longest makes room.",
        ),
    ],
};

const SHARING: Table = Table {
    heading: "[sharing]",
    doc: "How what leaves is marked. An alert has the highest marking of the feeds and zones that it rests on, and may be released to the States that all of them may be released to.",
    keys: &[
        key(
            "levels",
            Kind::Texts,
            Default("[\"public\", \"restricted\", \"confidential\"]"),
            "The markings that there are, the lowest first.",
        ),
        key(
            "unmarked",
            Kind::Text,
            Default("\"restricted\""),
            "The marking of a feed that has none of its own.",
        ),
    ],
};

const HTTP: Table = Table {
    heading: "[http]",
    doc: "The console, and metrics, health and readiness for monitoring. On this machine alone nobody is asked who he is; others reach it with TLS and log-in only.",
    keys: &[
        key(
            "listen",
            Kind::Text,
            Required,
            "Address and port, `127.0.0.1:8470` or `[::1]:8470`; port 0 takes a free one. Any other address than this machine's own asks for the three files.",
        ),
        key("cert_file", Kind::Text, Absent("no TLS"), "The certificate and those that it rests on, PEM."),
        key("key_file", Kind::Text, Absent("no TLS"), "Its key, PEM, PKCS #8."),
        key(
            "users_file",
            Kind::Text,
            Absent("nobody is asked who he is"),
            "Who may log in, with hashed passwords and roles: `vigie user` writes it.",
        ),
        key(
            "session_hours",
            Kind::Count(1, 168),
            Default("12"),
            "Hours after which one logs in again; an hour without use ends a session too.",
        ),
    ],
};

const STATE: Table = Table {
    heading: "[state]",
    doc: "What is kept on disk: the journal of alerts and actions, and what a restart goes on from.",
    keys: &[
        key(
            "folder",
            Kind::Text,
            Default("\"state\""),
            "The folder of the journal, the input log and the checkpoints; one process at a time. Starts from the folder that Vigie runs in.",
        ),
        key(
            "checkpoint_seconds",
            Kind::Count(1, 3600),
            Default("60"),
            "A checkpoint is written so often; a restart reads what came since.",
        ),
        key(
            "keep_days",
            Kind::Count(1, 36_500),
            Default("400"),
            "Alerts that ended so many days ago, and what officers did about them, are emptied from the journal, unless they are held for a case.",
        ),
        key(
            "keep_false_alarm_days",
            Kind::Count(1, 36_500),
            Default("90"),
            "As `keep_days`, for those that were closed as false alarms: nobody's business any more. Never longer than `keep_days`.",
        ),
        key(
            "keep_log_days",
            Kind::Count(1, 36_500),
            Default("400"),
            "The watch log, marks and silences, comments on alerts that ended, and who read what are emptied after so many days; what is about an alert that is held stays.",
        ),
        key(
            "keep_recording_days",
            Kind::Count(1, 36_500),
            Default("90"),
            "What `vigie run --record` has recorded into a folder is deleted after so many days; the hours of an alert that is open or held stay.",
        ),
        key(
            "receipt_minutes",
            Kind::Count(0, 1440),
            Default("0"),
            "The coordination channel confirms each alert (`received`); one that it has not within so many minutes is sent again. 0 asks for no receipts.",
        ),
    ],
};

/// A rule file.
pub(super) const RULE_FILE: Table = Table {
    heading: "",
    doc: "A file of rules. A rule is a pattern with limits, zones and subjects.",
    keys: &[key("rule", Kind::Tables(&RULE), Absent("no rule"), "The rules, one table each.")],
};

pub(super) const RULE: Table = Table {
    heading: "[[rule]]",
    doc: "A pattern with limits, zones and subjects.",
    keys: &[
        key(
            "name",
            Kind::Name,
            Required,
            "Unique among all rules: letters, digits and `-`. Alerts carry it.",
        ),
        key("pattern", Kind::Text, Required, "What it watches for: one of the patterns."),
        key("enabled", Kind::Switch, Default("true"), "`false` keeps the rule in its file and out of force."),
        key(
            "severity",
            Kind::OneOf(SEVERITIES),
            Default("\"moderate\""),
            "Severity of its alerts, as CAP 1.2 has it.",
        ),
        key(
            "inside",
            Kind::Texts,
            Absent("everywhere"),
            "In at least one of these: kinds of zone, or ids of zones.",
        ),
        key("outside", Kind::Texts, Absent("nowhere is left out"), "In none of these; wins over `inside`."),
        key(
            "states",
            Kind::States,
            Absent("every State"),
            "Limits `inside` and `outside` to zones of these States.",
        ),
        key("who", Kind::Table(&WHO), Absent("everyone"), "Which vessels it is about."),
        key("limits", Kind::Limits, Absent("the defaults of its pattern"), "The limits of its pattern."),
    ],
};

const WHO: Table = Table {
    heading: "[rule.who]",
    doc: "Which vessels a rule is about. A vessel fits a key when it fits one word of it; it must fit every key. What is unknown of a vessel never leaves it out.",
    keys: &[
        key(
            "ship_types",
            Kind::SomeOf(ShipType::WORDS),
            Absent("every type"),
            "Types that vessels claim; an unknown type passes.",
        ),
        key(
            "min_length",
            Kind::Metres,
            Absent("any length"),
            "At least this long; an unknown length passes.",
        ),
        key("max_length", Kind::Metres, Absent("any length"), "At most this long; an unknown length passes."),
        key(
            "flags",
            Kind::States,
            Absent("every flag"),
            "States of the MMSI's first digits; an unknown flag passes.",
        ),
        key(
            "sources",
            Kind::SomeOf(Who::SOURCES),
            Absent("however it is known"),
            "By what it is known: `ais`, or `radar` for one that was never on AIS.",
        ),
        key("listed", Kind::Texts, Absent("listed or not"), "On at least one of these lists."),
        key("not_listed", Kind::Texts, Absent("listed or not"), "On none of these lists."),
    ],
};

/// A list file.
pub(super) const LIST_FILE: Table = Table {
    heading: "",
    doc: "A file of the centre's own dated lists of vessels: the only thing that exempts a vessel from a rule, since what a vessel says of itself is a claim.",
    keys: &[key("list", Kind::Tables(&LIST), Absent("no list"), "The lists, one table each.")],
};

const LIST: Table = Table {
    heading: "[[list]]",
    doc: "A list of vessels.",
    keys: &[
        key("name", Kind::Name, Required, "Unique among all lists: letters, digits and `-`. Rules name it."),
        key("entry", Kind::Tables(&ENTRY), Absent("an empty list"), "Its vessels, one table each."),
    ],
};

const ENTRY: Table = Table {
    heading: "[[list.entry]]",
    doc: "A vessel of a list, by its MMSI, its IMO number or both; one that fits is enough.",
    keys: &[
        key("mmsi", Kind::Mmsi, Absent("by its IMO number"), "Its MMSI."),
        key("imo", Kind::Imo, Absent("by its MMSI"), "Its IMO number; the check digit must fit."),
        key(
            "icao",
            Kind::Text,
            Absent("by its MMSI"),
            "An aircraft's ICAO 24-bit address, six hexadecimal digits.",
        ),
        key(
            "name",
            Kind::Text,
            Absent("none"),
            "Its name, for whoever reads the list; pattern `watchlist` also finds what is likely it by this. It never exempts.",
        ),
        key("call_sign", Kind::Text, Absent("none"), "Its call sign, likewise."),
        key("reason", Kind::Text, Required, "Why it is listed, and by whose word."),
        key("source", Kind::Text, Absent("none"), "Of a watch list: where the entry comes from."),
        key("action", Kind::Text, Absent("none"), "Of a watch list: what to do when it is seen."),
        key("from", Kind::Date, Required, "From this day on."),
        key(
            "until",
            Kind::Date,
            Required,
            "Up to and with this day: every entry is looked at again some day.",
        ),
    ],
};
