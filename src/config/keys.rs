//! Every key of every file, declared once: the reader, the reference page and the JSON Schema are made from it.

use super::policy::{Strip, What};
use crate::model::{ShipType, UntilLearnt, Who};
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
    /// A list of States, bodies, centres and communities.
    Audience,
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
    doc: "`vigie.toml` is the main file. Names of other files start from its folder.",
    keys: &[
        key("node", Kind::Table(&NODE), Required, "The name and the State of this node."),
        key("broker", Kind::Table(&BROKER), Absent("`run` refuses to start"), "The MQTT broker."),
        key("feed", Kind::Tables(&FEED), Absent("no feed"), "The feeds, one table each."),
        key("zones", Kind::Table(&ZONES), Absent("no zones"), "The areas, the coast and the named places."),
        key("rules", Kind::Table(&RULES), Absent("no rules"), "The rules."),
        key("lists", Kind::Table(&LISTS), Absent("no lists"), "The centre's own lists of vessels."),
        key(
            "normalcy",
            Kind::Table(&NORMALCY),
            Absent("nothing is learnt before the start"),
            "What is usual on this coast.",
        ),
        key("picture", Kind::Table(&PICTURE), Absent("the defaults of its keys"), "Limits of memory."),
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
    doc: "The name and the State of this node.",
    keys: &[
        key(
            "name",
            Kind::Name,
            Required,
            "The name of this node in topics and in alerts: letters, digits and `-`, but not `exercise`. Every node on a coordination channel has a name of its own; a standby has that of its active node.",
        ),
        key("state", Kind::State, Absent("`body` is there"), "The State that runs this node."),
        key(
            "body",
            Kind::Name,
            Absent("`state` is there"),
            "The body of several States that runs this node, such as `JRCC` or `RSS`. A node has one of `state` and `body`.",
        ),
    ],
};

const URL: Key = key(
    "url",
    Kind::Url,
    Required,
    "The broker's address: `mqtts://host:port` (TLS) or `mqtt://host:port`. The default port is 8883 with TLS, else 1883.",
);

const USER: Key = key("user", Kind::Text, Absent("no user name is sent"), "The user name at the broker.");

const PASSWORD: Key = key(
    "password",
    Kind::Refused(
        "a password does not belong in a configuration; write it to a file and name that file in password_file, or set the environment variable VIGIE_BROKER_PASSWORD",
    ),
    Absent(""),
    "",
);

const CA_FILE: Key = key(
    "ca_file",
    Kind::Text,
    Absent("the system's authorities"),
    "A PEM file of the authority that signed the broker's certificate. Vigie then trusts no other authority.",
);

const IDENTITY_FILE: Key = key(
    "identity_file",
    Kind::Text,
    Absent("no certificate is sent"),
    "A PKCS #12 file with this node's certificate and key. If the file has a password, it is in the environment variable `VIGIE_IDENTITY_PASSWORD`.",
);

const MAX_ACTIONS: Key = key(
    "max_actions_per_second",
    Kind::Count(1, 100_000),
    Default("100"),
    "Greatest number of officers' actions and receipts a second over MQTT, from all senders together. A minute's worth may come at once, and more after an outage. Vigie drops and counts what exceeds the limit. Actions at the node's own console have no limit.",
);

const REQUIRE_SIGNED: Key = key(
    "require_signed",
    Kind::Switch,
    Absent("`false` for a broker on this machine, else `true`"),
    "`true`: Vigie refuses officers' actions and vessel lists over MQTT that neither this node nor a centre of the file of centres has signed. `vigie sign` signs them.",
);

const BROKER: Table = Table {
    heading: "[broker]",
    doc: "The MQTT broker of the feeds and of the alerts.",
    keys: &[
        URL,
        USER,
        key(
            "password_file",
            Kind::Text,
            Absent("the environment variable `VIGIE_BROKER_PASSWORD`, if set"),
            "A file whose first line is the password.",
        ),
        PASSWORD,
        CA_FILE,
        IDENTITY_FILE,
        MAX_ACTIONS,
        REQUIRE_SIGNED,
    ],
};

const FEED: Table = Table {
    heading: "[[feed]]",
    doc: "A feed: one receiver or radar, or one service that brings the messages of several.",
    keys: &[
        key("name", Kind::Name, Required, "The name of the feed, unique: letters, digits and `-`."),
        key(
            "topic",
            Kind::Filters,
            Required,
            "An MQTT topic filter, or a list of them. No topic may match the filters of two feeds. In packet captures the topic of a datagram is `udp/<to address>/<to port>`.",
        ),
        key(
            "stations",
            Kind::Texts,
            Absent("the feed's name alone"),
            "The stations whose reports belong to this feed, whatever topic brings them. A line names its station by TAG `s:` or by `,rNAME` after the checksum. The name of a station in ASTERIX is `SAC/SIC`.",
        ),
        key("format", Kind::OneOf(Format::CONFIGURED_WORDS), Required, "The format of the payloads."),
        key(
            "marking",
            Kind::Text,
            Absent("the value of `[sharing] unmarked`"),
            "The protective marking of the feed's data, one of `[sharing] levels`.",
        ),
        key(
            "releasable_to",
            Kind::Audience,
            Absent("the node's own State or body alone"),
            "To whom else an alert that rests on this feed may be released: States, and by the words of `[sharing] centres` bodies, centres and communities (`community:rss`).",
        ),
        key(
            "clock_ahead",
            Kind::Duration(604_800.0),
            Absent("Vigie takes the times as they are"),
            "The error of the source's clock, where that is ahead of UTC. Vigie subtracts it from every time in the feed. `clock_offset_s` in the status shows the measured error.",
        ),
        key(
            "clock_behind",
            Kind::Duration(604_800.0),
            Absent("Vigie takes the times as they are"),
            "The error of the source's clock, where that is behind UTC. Vigie adds it to every time in the feed. A feed has one of `clock_ahead` and `clock_behind`.",
        ),
        key(
            "own_times",
            Kind::OneOf(&["measured", "always", "stored"]),
            Default("measured"),
            "`measured`: where the feed's clock proves to be behind, the arrival counts, and `time-behind` counts that. `always`: the times that the feed tells count, however late they are, as for satellites and for logs that are played into a topic. `stored`: so too, and after a pause reports of now wait until what a gateway stored has come, for up to a minute where nothing comes.",
        ),
        key(
            "max_messages_per_second",
            Kind::Count(1, 1_000_000),
            Default("10000"),
            "Greatest number of messages a second from this feed. A minute's worth may come at once, and more after an outage. Vigie drops what exceeds the limit before it records or reads it. Vigie counts it as `over-limit`, and logs once that it happens.",
        ),
        key(
            "max_bytes_per_second",
            Kind::Count(100_000, 1_000_000_000),
            Default("32000000"),
            "Greatest number of bytes of payload a second from this feed. Vigie applies it like `max_messages_per_second`.",
        ),
        key(
            "position",
            Kind::Position,
            Absent("the site is unknown"),
            "The site of the sensor, longitude and latitude in degrees: `[-59.432, 13.164]`. Ranges and bearings start there. Leave it out for a radar on a ship: its own stream gives the site (`GGA`, `GLL`, `RMC`, `VDO`).",
        ),
        key(
            "radar",
            Kind::Table(&RADAR),
            Absent("the defaults of `[feed.radar]`"),
            "The properties of the feed's radar.",
        ),
    ],
};

/// `[feed.radar]`; the defaults are those of [`crate::model::Radar`].
pub(super) const RADAR: Table = Table {
    heading: "[feed.radar]",
    doc: "The properties of a feed's radar. A detection has this accuracy where the format gives none.",
    keys: &[
        key("range_sigma", Kind::Length(10_000.0), Default("\"30 m\""), "Standard deviation of the range."),
        key("bearing_sigma", Kind::Angle(20.0), Default("\"0.5°\""), "Standard deviation of the bearing."),
        key(
            "beam_width",
            Kind::Angle(90.0),
            Default("\"1°\""),
            "Horizontal beam width. Two targets that are closer than this in bearing are one echo.",
        ),
        key(
            "range_resolution",
            Kind::Length(10_000.0),
            Default("\"40 m\""),
            "Range resolution. Two targets that are closer than this in range are one echo.",
        ),
        key(
            "reach",
            Kind::Length(500_000.0),
            Default("\"12 nm\""),
            "The range at which the radar still sees a small craft.",
        ),
        key(
            "domain",
            Kind::OneOf(&["surface", "air"]),
            Absent("a detection with a height is an aircraft, any other a vessel"),
            "The kind of target of this radar. A detection that states its own kind keeps that. Set `air` for an air surveillance radar: a detection without an answer of a transponder states neither kind nor height.",
        ),
        key(
            "sector",
            Kind::Sector,
            Absent("all round"),
            "The sector that the radar covers, clockwise from the first bearing to the second, in degrees true: `[350, 140]`.",
        ),
    ],
};

const ZONES: Table = Table {
    heading: "[zones]",
    doc: "The GeoJSON files of zones, coast and places, in WGS 84. A name with `*` stands for every file that it matches.",
    keys: &[
        key(
            "files",
            Kind::Texts,
            Absent("no zones"),
            "The files of zones: Polygons and MultiPolygons with the properties `id`, `kind` and `name`. Further properties are optional.",
        ),
        key(
            "coast",
            Kind::Texts,
            Absent("distances to the coast are unknown"),
            "The files of land: Polygons and MultiPolygons.",
        ),
        key(
            "places",
            Kind::Texts,
            Absent("alerts name no place"),
            "The files of places that alerts can name: Points with the property `name`.",
        ),
    ],
};

const RULES: Table = Table {
    heading: "[rules]",
    doc: "The files of rules.",
    keys: &[key(
        "files",
        Kind::Texts,
        Required,
        "The names of the files. A name with `*` stands for every file that it matches.",
    )],
};

const LISTS: Table = Table {
    heading: "[lists]",
    doc: "Lists of vessels, from files and over MQTT.",
    keys: &[
        key(
            "files",
            Kind::Texts,
            Required,
            "The names of the files. A name with `*` stands for every file that it matches.",
        ),
        key(
            "topic",
            Kind::Text,
            Absent("files are the only source"),
            "An MQTT topic filter. Each message on it contains lists in the form of a list file. Such a list replaces the list of the same name in the files. Vigie refuses a list that a rule's `not_listed` names, since only files may exempt vessels.",
        ),
    ],
};

const NORMALCY: Table = Table {
    heading: "[normalcy]",
    doc: "What is usual on this coast: [normalcy](normalcy.md). Vigie goes on learning while it runs.",
    keys: &[key(
        "file",
        Kind::Texts,
        Required,
        "Files that `vigie learn` wrote. Names with `*` stand for all files that fit. Vigie joins what they hold.",
    )],
};

const PICTURE: Table = Table {
    heading: "[picture]",
    doc: "Limits of memory.",
    keys: &[
        key(
            "history_points",
            Kind::Count(2, 10_000),
            Default("120"),
            "Greatest number of points in the history of a track.",
        ),
        key(
            "tracks",
            Kind::Count(1, 10_000_000),
            Default("2000000"),
            "Greatest number of tracks. When the picture is full, Vigie removes the track that was unheard for longest.",
        ),
        key(
            "new_per_hour",
            Kind::Count(1, 100_000_000),
            Default("36000"),
            "Greatest number of new MMSIs and aircraft addresses that one feed may bring an hour; six hours' worth may come at once. Vigie ignores reports of further ones, and counts them. Distress devices are always taken.",
        ),
        key(
            "lone_alerts",
            Kind::Count(1, 1_000_000),
            Default("24"),
            "Greatest number of new alerts of one rule and feed in ten minutes that stand apart although nothing but their own messages supports them. Further ones are one alert: [floods](alerts.md#floods).",
        ),
    ],
};

const SHARING: Table = Table {
    heading: "[sharing]",
    doc: "The marking of alerts, and sharing with other centres: [sharing](sharing.md). An alert has the highest marking of the feeds, zones and list entries that it rests on. It may be released to those to whom all of these may be released.",
    keys: &[
        key(
            "levels",
            Kind::Texts,
            Default("[\"public\", \"restricted\", \"confidential\"]"),
            "All markings, the lowest first.",
        ),
        key(
            "unmarked",
            Kind::Text,
            Default("\"restricted\""),
            "The marking of a feed without a marking of its own.",
        ),
        key(
            "centres",
            Kind::Texts,
            Absent("nothing is shared with other centres"),
            "The file of the centres and communities, the same at every centre.",
        ),
        key(
            "policy",
            Kind::Texts,
            Absent("nothing is shared with other centres"),
            "The files of the policy. A name with `*` stands for every file that it matches. Vigie reads them in the order of their names.",
        ),
        key(
            "key_file",
            Kind::Text,
            Absent("`node.key` in the folder of `[state]`"),
            "The file of this node's private key. `vigie keys new` makes it.",
        ),
        key(
            "broker",
            Kind::Table(&SHARING_BROKER),
            Absent("the broker of `[broker]`"),
            "The MQTT broker between centres.",
        ),
        key(
            "hand_over_minutes",
            Kind::Count(1, 1440),
            Default("15"),
            "Minutes within which a centre accepts an incident that is offered to it. After that the incident stays with the centre that offered it.",
        ),
        key(
            "marks_releasable_to",
            Kind::Audience,
            Absent("the node's own State or body alone"),
            "To whom else officers' marks may be released, where a mark does not say: States, bodies, centres and communities. Such a mark has the marking `unmarked`.",
        ),
    ],
};

const SHARING_BROKER: Table = Table {
    heading: "[sharing.broker]",
    doc: "The MQTT broker between centres, where that is another one than the node's own.",
    keys: &[
        URL,
        USER,
        key(
            "password_file",
            Kind::Text,
            Absent("no password is sent"),
            "A file whose first line is the password.",
        ),
        PASSWORD,
        CA_FILE,
        IDENTITY_FILE,
        key(
            "max_actions_per_second",
            Kind::Refused(
                "officers' actions come by [broker], which has this key; what another centre sends is limited as every feed is",
            ),
            Absent(""),
            "",
        ),
    ],
};

const HTTP: Table = Table {
    heading: "[http]",
    doc: "The console, and metrics, health and readiness for monitoring. Other machines reach it with TLS and a log-in only.",
    keys: &[
        key(
            "listen",
            Kind::Text,
            Required,
            "Address and port, such as `127.0.0.1:8470` or `[::1]:8470`. Port 0 means any free port. An address that other machines can reach needs `cert_file`, `key_file` and `users_file`.",
        ),
        key(
            "cert_file",
            Kind::Text,
            Absent("no TLS"),
            "A PEM file with the server's certificate and its chain.",
        ),
        key(
            "key_file",
            Kind::Text,
            Absent("no TLS"),
            "A PEM file with the private key of the certificate (PKCS #8).",
        ),
        key(
            "users_file",
            Kind::Text,
            Absent("nobody logs in; only this machine can reach the console"),
            "A file of users with hashed passwords and roles. `vigie user` writes it. With this file every user logs in, on this machine too.",
        ),
        key(
            "session_hours",
            Kind::Count(1, 168),
            Default("12"),
            "Hours after which a session ends. It also ends after an hour without use.",
        ),
    ],
};

const STATE: Table = Table {
    heading: "[state]",
    doc: "The journal of alerts and actions, and the state from which a restart continues.",
    keys: &[
        key(
            "folder",
            Kind::Text,
            Default("\"state\""),
            "The folder of the journal, the input log and the checkpoints. One process at a time may use it. The name starts from the folder in which Vigie runs.",
        ),
        key(
            "checkpoint_seconds",
            Kind::Count(1, 3600),
            Default("60"),
            "Interval between checkpoints. A restart loads the newest checkpoint and reads the messages since then.",
        ),
        key(
            "keep_days",
            Kind::Count(1, 36_500),
            Default("400"),
            "Days after its end for which the journal keeps an alert and the officers' actions on it. An alert on `hold` stays.",
        ),
        key(
            "keep_false_alarm_days",
            Kind::Count(1, 36_500),
            Default("90"),
            "Days after its end for which the journal keeps an alert that was closed as a false alarm. If `keep_days` is shorter, that counts.",
        ),
        key(
            "keep_log_days",
            Kind::Count(1, 36_500),
            Default("400"),
            "Days for which the journal keeps the watch log, marks, silences, comments on ended alerts, and who read what. Entries about an alert on `hold` stay.",
        ),
        key(
            "keep_recording_days",
            Kind::Count(1, 36_500),
            Default("90"),
            "Days for which Vigie keeps the recordings of `vigie run --record` in a folder. Recordings around an alert that is open or on `hold` stay.",
        ),
        key(
            "receipt_minutes",
            Kind::Count(0, 1440),
            Default("0"),
            "Minutes within which a receiving centre must confirm an alert (`received`). After that Vigie sends the alert once more. With 0 Vigie expects no receipts.",
        ),
    ],
};

/// A rule file.
pub(super) const RULE_FILE: Table = Table {
    heading: "",
    doc: "A rule file contains rules. A rule is a pattern with limits, zones and subjects.",
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
            "The name of the rule, unique among all rules: letters, digits and `-`. Alerts carry it.",
        ),
        key("pattern", Kind::Text, Required, "The behaviour that the rule looks for: the name of a pattern."),
        key("enabled", Kind::Switch, Default("true"), "`false` switches the rule off."),
        key(
            "severity",
            Kind::OneOf(SEVERITIES),
            Default("\"moderate\""),
            "The severity of the rule's alerts, a word of CAP 1.2.",
        ),
        key(
            "inside",
            Kind::Texts,
            Absent("everywhere; with `states`, in all waters of these States"),
            "Zones in which the rule holds: kinds or ids. One of them is enough.",
        ),
        key(
            "outside",
            Kind::Texts,
            Absent("no zone is left out"),
            "Zones in which the rule does not hold, even where `inside` names them: kinds or ids.",
        ),
        key(
            "states",
            Kind::States,
            Absent("every State"),
            "States whose zones count for `inside`. `outside` counts the zones of every State.",
        ),
        key("who", Kind::Table(&WHO), Absent("every vessel"), "The vessels that the rule is about."),
        key(
            "min_rarity",
            Kind::Duration(1_728_000.0),
            Absent("usual events raise alerts too"),
            "Where such events are a habit of the place and happen more often than once in this time (`\"3 d\"`), the rule raises nothing and counts `usual-here`. Listed vessels, meetings with a dark craft and severe rules raise alerts all the same; a severe `dark-target` is told as moderate where its speed is at most a tenth above that of a habit. Page: [normalcy](normalcy.md).",
        ),
        key(
            "until_learnt",
            Kind::OneOf(UntilLearnt::WORDS),
            Default("\"raise\""),
            "What the rule raises where what is usual is not learnt yet: everything; what happens by night, or nothing (`nothing-learnt`); or, of merchant ships, passenger ships and smaller vessels on AIS, the first one on a ground of some 3 nm within half a day, by day and by night (`same-ground`); of the smaller ones on some 5 nm within a day. The last goes on for what is neither a habit nor rare. Page: [normalcy](normalcy.md).",
        ),
        key("limits", Kind::Limits, Absent("the defaults of the pattern"), "The limits of the pattern."),
    ],
};

const WHO: Table = Table {
    heading: "[rule.who]",
    doc: "The vessels and aircraft that a rule is about. A vessel fits a key if one value of the key fits. It must fit every key. An unknown type, length or flag never excludes a vessel.",
    keys: &[
        key(
            "ship_types",
            Kind::SomeOf(ShipType::WORDS),
            Absent("every type"),
            "Types that vessels claim. A vessel of unknown type passes.",
        ),
        key(
            "min_length",
            Kind::Metres,
            Absent("any length"),
            "The vessel is at least this long, by its claim or by radar. A vessel of unknown length passes.",
        ),
        key(
            "max_length",
            Kind::Metres,
            Absent("any length"),
            "The vessel is at most this long. A vessel of unknown length passes. One that claims to be longer passes too, unless a radar sees one so long; the alert then tells the claim.",
        ),
        key(
            "flags",
            Kind::States,
            Absent("every flag"),
            "States of the MMSI's first digits. A vessel of unknown flag passes.",
        ),
        key(
            "sources",
            Kind::SomeOf(Who::SOURCES),
            Absent("every source"),
            "How the craft is known. `ais`: it is or was on AIS. `transponder`: it is not, and has an ICAO address. `radar`: neither.",
        ),
        key("listed", Kind::Texts, Absent("every vessel"), "The vessel is on at least one of these lists."),
        key(
            "not_listed",
            Kind::Texts,
            Absent("every vessel"),
            "The vessel is on none of these lists. A second sender of a listed number, and a track that took it while radars followed it, are on none.",
        ),
    ],
};

/// A list file.
pub(super) const LIST_FILE: Table = Table {
    heading: "",
    doc: "A list file contains the centre's own dated lists of vessels. Only such a list exempts a vessel from a rule: what a vessel says of itself is a claim.",
    keys: &[key("list", Kind::Tables(&LIST), Absent("no list"), "The lists, one table each.")],
};

const LIST: Table = Table {
    heading: "[[list]]",
    doc: "A list of vessels.",
    keys: &[
        key(
            "name",
            Kind::Name,
            Required,
            "The name of the list, unique among all lists: letters, digits and `-`. Rules name it.",
        ),
        key(
            "marking",
            Kind::Text,
            Absent("the highest level"),
            "The protective marking of alerts that rest on an entry of the list, one of `[sharing] levels`.",
        ),
        key(
            "releasable_to",
            Kind::Audience,
            Absent("the node's own State or body alone"),
            "To whom else such an alert may be released: States, bodies, centres and communities.",
        ),
        key(
            "entry",
            Kind::Tables(&ENTRY),
            Absent("an empty list"),
            "The vessels of the list, one table each.",
        ),
    ],
};

const ENTRY: Table = Table {
    heading: "[[list.entry]]",
    doc: "A vessel or aircraft of a list. One matching identifier (MMSI, IMO number or ICAO address) is enough.",
    keys: &[
        key("mmsi", Kind::Mmsi, Absent("another identifier counts"), "The vessel's MMSI."),
        key(
            "imo",
            Kind::Imo,
            Absent("another identifier counts"),
            "The vessel's IMO number, with the right check digit.",
        ),
        key(
            "icao",
            Kind::Text,
            Absent("another identifier counts"),
            "An aircraft's ICAO 24-bit address, six hexadecimal digits.",
        ),
        key(
            "name",
            Kind::Text,
            Absent("none"),
            "The vessel's name, for people. Pattern `watchlist` also looks for similar names. A name never exempts a vessel.",
        ),
        key(
            "call_sign",
            Kind::Text,
            Absent("none"),
            "The vessel's call sign, for people and for pattern `watchlist`. A call sign never exempts a vessel.",
        ),
        key("reason", Kind::Text, Required, "Why the vessel is listed, and who decided that."),
        key("source", Kind::Text, Absent("none"), "In a watch list: where the entry comes from."),
        key("action", Kind::Text, Absent("none"), "In a watch list: what to do when the vessel is seen."),
        key(
            "marking",
            Kind::Text,
            Absent("the list's"),
            "The protective marking of alerts that rest on the entry, one of `[sharing] levels`.",
        ),
        key(
            "releasable_to",
            Kind::Audience,
            Absent("the list's"),
            "To whom else such an alert may be released: States, bodies, centres and communities.",
        ),
        key("from", Kind::Date, Required, "The first day on which the entry counts."),
        key(
            "until",
            Kind::Date,
            Required,
            "The last day on which the entry counts. Every entry has one, so that somebody reviews it.",
        ),
    ],
};

/// The file of centres.
pub(super) const CENTRE_FILE: Table = Table {
    heading: "",
    doc: "The file of centres is the same at every centre. It names the centres that share with one another, and their communities.",
    keys: &[
        key(
            "centre",
            Kind::Tables(&CENTRE),
            Required,
            "The centres, one table each; this node is one of them.",
        ),
        key(
            "community",
            Kind::Tables(&COMMUNITY),
            Absent("no community"),
            "The communities, one table each.",
        ),
    ],
};

const CENTRE: Table = Table {
    heading: "[[centre]]",
    doc: "A centre: one node of the environment.",
    keys: &[
        key("name", Kind::Name, Required, "The name of the centre's node: `[node] name` there."),
        key("label", Kind::Text, Absent("the name"), "The centre's name for officers."),
        key("state", Kind::State, Absent("`body` is there"), "The State that runs the centre."),
        key(
            "body",
            Kind::Name,
            Absent("`state` is there"),
            "The body of several States that runs the centre. A centre has one of `state` and `body`.",
        ),
        key(
            "area",
            Kind::Texts,
            Absent("the centre leads no incident, and `within` does not reach it"),
            "The zones that the centre is responsible for: ids.",
        ),
        key(
            "contacts",
            Kind::Text,
            Absent("none"),
            "How officers reach the centre: telephone, channel, mail.",
        ),
        key(
            "key",
            Kind::Text,
            Absent("what the centre sends is refused; an error for this node"),
            "The centre's public key, as `vigie keys show` prints it there.",
        ),
        key(
            "marking",
            Kind::Text,
            Absent("the value of `[sharing] unmarked`"),
            "The protective marking of what rests on tracks that the centre shares: the highest that it shares them under.",
        ),
        key(
            "releasable_to",
            Kind::Audience,
            Absent("the centre itself alone"),
            "The centre's permission: to whom else others may release what rests on tracks that the centre shares.",
        ),
    ],
};

const COMMUNITY: Table = Table {
    heading: "[[community]]",
    doc: "A named set of centres, for always or for an operation.",
    keys: &[
        key(
            "name",
            Kind::Name,
            Required,
            "The name of the community. Other files write `community:` before it.",
        ),
        key("members", Kind::Texts, Required, "The names of its centres."),
        key(
            "from",
            Kind::Date,
            Absent("no beginning"),
            "The first day, or the moment, from which the community exists.",
        ),
        key(
            "until",
            Kind::Date,
            Absent("no end"),
            "The last day, or the moment, until which the community exists.",
        ),
    ],
};

/// A file of the policy.
pub(super) const POLICY_FILE: Table = Table {
    heading: "",
    doc: "A file of the policy says what is shared with whom, and in which form. Vigie reads the tables from top to bottom; for each recipient the first that matches decides. What no table matches is not shared. A table shares nothing that markings forbid.",
    keys: &[key(
        "share",
        Kind::Tables(&SHARE),
        Absent("nothing is shared"),
        "The rules of the policy, one table each.",
    )],
};

const SHARE: Table = Table {
    heading: "[[share]]",
    doc: "A rule of the policy. An item matches if it fits every key.",
    keys: &[
        key(
            "name",
            Kind::Name,
            Required,
            "The name of the share, unique: letters, digits and `-`. The journal names it.",
        ),
        key(
            "to",
            Kind::Texts,
            Required,
            "The recipients: names of centres, and communities with the prefix `community:`.",
        ),
        key(
            "what",
            Kind::OneOf(What::WORDS),
            Required,
            "The kind of item. Officers' actions go where their alert goes.",
        ),
        key(
            "withhold",
            Kind::Switch,
            Default("false"),
            "`true`: what matches is not shared, whatever later tables say.",
        ),
        key(
            "severity",
            Kind::OneOf(SEVERITIES),
            Default("\"minor\""),
            "Alerts of this severity or a higher one.",
        ),
        key("patterns", Kind::Texts, Absent("every pattern"), "Alerts of these patterns."),
        key("rules", Kind::Texts, Absent("every rule"), "Alerts of these rules."),
        key(
            "inside",
            Kind::Texts,
            Absent("everywhere; with `states`, in all waters of these States"),
            "Items in these zones: kinds or ids. One of them is enough.",
        ),
        key("states", Kind::States, Absent("every State"), "States whose zones count."),
        key(
            "domain",
            Kind::OneOf(&["surface", "air"]),
            Absent("vessels and aircraft"),
            "Items about vessels, or about aircraft.",
        ),
        key(
            "dark",
            Kind::Switch,
            Absent("dark or not"),
            "Items about a dark target (`true`), or about none (`false`).",
        ),
        key(
            "marking",
            Kind::Text,
            Absent("the value of `[sharing] unmarked`"),
            "Items with this marking or a lower one; one of `[sharing] levels`.",
        ),
        key(
            "precision",
            Kind::Length(185_200.0),
            Absent("positions as they are"),
            "Positions are rounded to cells of this size, and figures that would give the position away are removed.",
        ),
        key("delay", Kind::Duration(604_800.0), Absent("at once"), "Each event is sent this much later."),
        key(
            "strip",
            Kind::SomeOf(Strip::WORDS),
            Absent("nothing is removed"),
            "What is removed. `names`: names and call signs of vessels. `list-reasons`: lists, their reasons, sources and instructions. `officers`: names of officers. `own-units`: own patrol units.",
        ),
        key(
            "within",
            Kind::Length(1_852_000.0),
            Absent("anywhere"),
            "Tracks within this distance of the recipient's `area`.",
        ),
        key(
            "lead",
            Kind::Duration(172_800.0),
            Absent("only tracks that are within"),
            "Also tracks that would enter the recipient's `area` within this time on their course.",
        ),
        key("rate", Kind::Duration(3600.0), Default("\"30 s\""), "Interval between two updates of a track."),
    ],
};
