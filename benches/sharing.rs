//! Cost of sharing tracks: 2,000 moving vessels for 15 other centres, each at 30 s, in CPU time of one core.
//!
//! `cargo bench --bench sharing`; `-- --test` runs a small one. Each State's area is its exclusive economic zone as shipped. What a
//! centre pays: a snapshot each second, the decision on every track, the form, the batches and their signatures. The broker's
//! client is not measured.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use vigie::config::{self, Config, Source};
use vigie::engine::Engine;
use vigie::model::{
    Body, Feed, FeedId, Input, Kinematics, Mmsi, Position, PositionReport, PublicKey, Report, StationId,
    Time, TransponderClass,
};
use vigie::mqtt::Topics;
use vigie::sharing::Sender;
use vigie::sharing::pictures::{InForce, Pictures};
use vigie::wire::shared::SecretKey;

/// States of the other centres, and the zone of each.
const STATES: [&str; 15] = [
    "ATG", "BHS", "BLZ", "DMA", "GRD", "GUY", "HTI", "JAM", "KNA", "LCA", "MSR", "SUR", "TTO", "VCT", "JRCC",
];
const RATE_SECS: u32 = 30;
/// What every recipient gets, and what each gets that asks for tracks near its area.
const POLICIES: [(&str, &str); 2] = [
    ("everything", "precision = \"0.1 nm\"\nstrip = [\"own-units\"]\n"),
    ("within 24 nm of the area, or heading for it", "within = \"24 nm\"\nlead = \"2 h\"\n"),
];

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (vessels, rounds) = if is_test { (100, 2) } else { (2_000, 6) };
    for (what, more) in POLICIES {
        run(what, more, vessels, rounds);
    }
}

fn key(n: u8) -> SecretKey {
    SecretKey::of_seed([n + 1; 32]).expect("a key")
}

fn configuration(more: &str) -> Config {
    let shared: Vec<&str> =
        STATES.into_iter().filter(|state| !more.contains("within") || *state != "JRCC").collect();
    let names = |states: &[&str]| {
        let words: Vec<String> = states.iter().map(|s| format!("\"{}-ops\"", s.to_lowercase())).collect();
        words.join(", ")
    };
    let all: Vec<&str> = ["BRB"].into_iter().chain(STATES).collect();
    let centres = (0..).zip(&all).map(|(n, state)| {
        let (low, public) = (state.to_lowercase(), PublicKey(key(n).public()).text());
        let owner = if *state == "JRCC" {
            "body = \"JRCC\"".to_owned()
        } else {
            format!("state = \"{state}\"\narea = [\"{low}-eez\"]")
        };
        format!("[[centre]]\nname = \"{low}-ops\"\nlabel = \"{state}\"\n{owner}\nkey = \"{public}\"\n")
    });
    let centres: String = centres.collect();
    let policy = format!(
        "[[share]]\nname = \"tracks\"\nto = [{}]\nwhat = \"tracks\"\nrate = \"{RATE_SECS} s\"\n{more}",
        names(&shared)
    );
    let words: Vec<String> = STATES.iter().map(|state| format!("\"{state}\"")).collect();
    let main = format!(
        "[node]\nname = \"brb-ops\"\nstate = \"BRB\"\n[sharing]\ncentres = \"centres.toml\"\npolicy = [\"policy.toml\"]\n\
         [zones]\nfiles = [\"zones/*.geojson\"]\n[[feed]]\nname = \"north\"\ntopic = \"north\"\nformat = \"nmea\"\nreleasable_to = [{}]\n",
        words.join(", ")
    );
    let mut files = BTreeMap::from([
        ("vigie.toml".to_owned(), main),
        ("centres.toml".to_owned(), centres),
        ("policy.toml".to_owned(), policy),
    ]);
    let zones = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/zones");
    for state in all.iter().filter(|state| **state != "JRCC") {
        let name = format!("{}.geojson", state.to_lowercase());
        let text = std::fs::read_to_string(zones.join(&name)).expect("reads");
        files.insert(format!("zones/{name}"), text);
    }
    let loaded = config::load_from(&Source::Memory(files), "vigie.toml");
    loaded.unwrap_or_else(|problems| panic!("{}", config::lines(&problems))).0
}

/// Reports of all vessels in a round.
fn reports(vessels: u32, round: u32) -> impl Iterator<Item = Input> {
    (0..vessels).map(move |n| {
        let spread = |prime: u32| f64::from(n.wrapping_mul(prime) % 10_007) / 10_007.0;
        let moved = f64::from(round * RATE_SECS) * 10.0 / 3600.0 / 60.0;
        let kinematics = Kinematics {
            position: Position::new(-64.0 + 7.0 * spread(7_919) + moved, 10.5 + 7.0 * spread(104_729)),
            sog_kn: Some(10.0),
            cog_deg: Some(90.0),
            heading_deg: Some(90.0),
        };
        let said = PositionReport {
            kinematics,
            class: TransponderClass::A,
            nav_status: None,
            accurate: true,
            altitude_m: None,
        };
        Input::Report(Report {
            feed: FeedId(0),
            station: StationId(0),
            time: Time::from_secs(1_767_240_000 + i64::from(round * RATE_SECS)),
            transmission: round * vessels + n,
            mmsi: Mmsi(314_000_000 + n),
            body: Body::Position(said),
        })
    })
}

/// CPU time of this thread, where the system tells it; else the time that passed.
fn cpu(began: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next().and_then(|first| first.parse().ok()));
    nanos.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

fn run(what: &str, more: &str, vessels: u32, rounds: u32) {
    let config = configuration(more);
    let mut engine = Engine::new(config.setup.clone());
    let feeds = (0..).zip(&config.feeds).map(|(n, feed)| {
        Input::Feed(Feed { id: FeedId(n), name: feed.name.clone(), position: None, radar: None })
    });
    engine.step(&feeds.collect::<Vec<_>>(), &mut Vec::new());
    let sender = Sender {
        node: "brb-ops".to_owned(),
        exercise: None,
        topics: Topics::new("brb-ops", None),
        key: Arc::new(key(0)),
    };
    let mut pictures = Pictures::new(sender, watch::channel(Arc::new(InForce::of(&config))).1);
    let (began, mut spent, mut letters, mut bytes) = (Instant::now(), Duration::ZERO, 0, 0);
    for round in 0..rounds {
        engine.step(&reports(vessels, round).collect::<Vec<_>>(), &mut Vec::new());
        for second in 0..RATE_SECS {
            let at = began + Duration::from_secs(u64::from(round * RATE_SECS + second));
            let before = cpu(began);
            for (_, sealed) in pictures.letters(&engine.look(), at) {
                letters += 1;
                bytes += sealed.len();
            }
            spent += cpu(began) - before;
        }
    }
    let share = spent.as_secs_f64() / f64::from(rounds * RATE_SECS);
    println!(
        "{what}: {vessels} vessels to {} centres at {RATE_SECS} s: {:.2} % of a core, {} letters and {:.1} MB a minute",
        STATES.len(),
        100.0 * share,
        letters * 2 / rounds as usize,
        bytes as f64 * 2.0 / f64::from(rounds) / 1e6,
    );
    assert!(letters > 0, "something leaves");
}
