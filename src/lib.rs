//! # Vigie
//!
//! One picture of what moves on the sea and above it, and alerts with their reason within seconds.
//!
//! This page is the map of the code. `docs/architecture.md` explains it: the way of an AIS line, of a radar plot, of an
//! officer's action and of a limit, and how to add a part. `docs/glossary.md` has every term with its source.
//!
//! # Folders
//!
//! The **core** is pure: no clock, no I/O, no thread, no randomness, no hash-map order. Arrows run downward only:
//!
//! ```text
//! engine     step: inputs in their order in, alert events out; saved state
//! patterns   one file for each kind of behaviour, one life cycle for all; deadlines on event time; what rules keep
//! alerts     raised, updated, ended; ids, silences, incidents
//! normalcy   how often each behaviour happens here, learnt by day
//! picture    applies a report and says what changed; reception, the view for screens
//! tracking   radars: association, initiation, fusion, deletion, registration, merged echoes
//! tracks     the store of tracks: identity, aircraft, history, grid
//! zones      which zones a position is in, and how far it is from the next border
//! geodesy    distance, bearing, destination on the WGS 84 ellipsoid; the sun
//! model      units, identifiers, reports, zones, rules, alerts: the words of all the others
//! ```
//!
//! [`wire`] stands beside the core and is as pure: bytes in, reports and counts out. The **edge** does the rest: [`config`] reads and
//! checks, [`mqtt`] speaks to brokers, [`feed`] brings messages and recordings in, [`journal`] keeps what must not be lost,
//! [`sinks`] deliver it to other systems, [`sharing`] to other centres,
//! [`pipeline`] ties them together in tasks and threads, [`console`] serves the officers, [`scenario`] simulates and scores,
//! [`analysis`] compares configurations and explains, [`cli`] has one file for each command. `tests/it/tidy.rs` holds every arrow.
//!
//! # What always holds
//!
//! - Replay is live: alert events are a function of the messages in their order alone.
//! - Event time decides; a silent feed makes nothing due.
//! - No alert is lost or doubled: it is on disk before it is sent, and (`node`, `id`, `seq`) makes delivery once.
//! - Nothing that a feed sends stops the watch: any bytes are counted and attributed to the feed.
//! - Absence of data is no evidence: a pattern that cannot judge says so.
//! - An exercise is marked in every output.
//!
//! # Example
//!
//! A rule from TOML, an engine, and a ship that stays within half a mile for twenty minutes:
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use vigie::config::{self, Source};
//! use vigie::engine::{Engine, Output};
//! use vigie::model::{
//!     Body, FeedId, Input, Kinematics, Mmsi, Phase, Position, PositionReport, Report, StationId, Time, TransponderClass,
//! };
//!
//! let main = "
//! [node]
//! name  = 'example'
//! state = 'BRB'
//! [rules]
//! files = ['rules.toml']";
//! let rules = "
//! [[rule]]
//! name     = 'loitering'
//! pattern  = 'loitering'
//! severity = 'moderate'
//! [rule.limits]
//! max_speed    = '2 kn'
//! radius       = '0.5 nm'
//! min_duration = '20 min'";
//! let files = [("vigie.toml", main), ("rules.toml", rules)];
//! let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
//! let (config, _warnings) =
//!     config::load_from(&Source::Memory(BTreeMap::from(files)), "vigie.toml").expect("the configuration is right");
//!
//! let mut engine = Engine::new(config.setup);
//! let mut out = Vec::new();
//! for minute in 0..=25 {
//!     let kinematics = Kinematics { position: Position::new(-59.71, 13.02), sog_kn: Some(0.4), ..Kinematics::default() };
//!     let report = PositionReport {
//!         kinematics,
//!         class: TransponderClass::A,
//!         nav_status: None,
//!         accurate: true,
//!         altitude_m: None,
//!     };
//!     let report = Report {
//!         feed: FeedId(0),
//!         station: StationId(0),
//!         time: Time::from_secs(1_767_225_600 + 60 * minute),
//!         transmission: minute as u32, // differs: not one transmission heard twice
//!         mmsi: Mmsi(314_001_000),
//!         body: Body::Position(report),
//!     };
//!     engine.step(&[Input::Report(report)], &mut out);
//! }
//! let Output::Alert(event) = &out[0] else { panic!("an own alert") };
//! assert_eq!((event.phase, event.rule.as_ref()), (Phase::Raised, "loitering"));
//! ```
pub mod alerts;
pub mod analysis;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod engine;
pub mod feed;
pub mod geodesy;
pub mod health;
pub mod in_place;
pub mod journal;
pub mod model;
pub mod mqtt;
pub mod normalcy;
pub mod patterns;
pub mod picture;
pub mod pipeline;
pub mod random;
pub mod scenario;
pub mod sharing;
pub mod sinks;
pub mod telemetry;
pub mod tracking;
pub mod tracks;
pub mod wire;
pub mod zones;
