//! The index of moving tracks beside an R-tree (`rstar`): a move and a query for neighbours, in one run. And the distance to the
//! shipped coast, by how far off it is.
//!
//! `cargo bench --bench index` prints nanoseconds and ratios; `-- --test` runs it small, as a test. Both hold the same
//! tracks, move them alike and are asked alike; what they find within the distance is compared.

use std::hint::black_box;
use std::time::Instant;

use rstar::RTree;
use rstar::primitives::GeomWithData;
use vigie::model::{Position, TrackId};
use vigie::tracks::Grid;
use vigie::zones::Zones;
use vigie::{config, geodesy};

/// Cell size that the rendezvous pattern has for this distance, degrees.
const CELL_DEG: f64 = WITHIN_M / 60_000.0;
/// Neighbours are looked for as the long rendezvous does it, metres.
const WITHIN_M: f64 = 500.0;
/// A side of the sea that holds the fleet, degrees.
const AREA_DEG: f64 = 4.0;
/// South-west corner of the area that holds the fleet, degrees.
const SOUTH_WEST: [f64; 2] = [-62.0, 11.0];

type Leaf = GeomWithData<[f64; 2], u32>;

fn main() {
    let small = std::env::args().any(|arg| arg == "--test");
    let (fleets, rounds): (&[u32], u32) = if small { (&[500], 2) } else { (&[10_000, 100_000], 10) };
    println!("{:<16} {:>14} {:>14} {:>8}", "", "grid, ns", "rstar, ns", "ratio");
    for &tracks in fleets {
        let mut fleet = Fleet::new(tracks);
        let (mut grid, mut tree) = (Grid::new(CELL_DEG), RTree::<Leaf>::new());
        for (slot, &at) in fleet.places.iter().enumerate() {
            grid.place(TrackId::new(slot as u32, 0), position(at));
            tree.insert(Leaf::new(at, slot as u32));
        }
        let (mut moving, mut asking) = ([0.0; 2], [0.0; 2]);
        for _ in 0..rounds {
            let before = fleet.places.clone();
            fleet.sail();
            moving[0] += seconds(|| {
                for (slot, &at) in fleet.places.iter().enumerate() {
                    grid.place(TrackId::new(slot as u32, 0), position(black_box(at)));
                }
            });
            moving[1] += seconds(|| {
                for (slot, (&from, &to)) in before.iter().zip(&fleet.places).enumerate() {
                    tree.remove(&Leaf::new(black_box(from), slot as u32));
                    tree.insert(Leaf::new(to, slot as u32));
                }
            });
            let (mut by_grid, mut by_tree) = (0_u64, 0_u64);
            asking[0] +=
                seconds(|| by_grid = fleet.places.iter().map(|&at| ask_grid(&grid, &fleet, at)).sum());
            asking[1] += seconds(|| by_tree = fleet.places.iter().map(|&at| ask_tree(&tree, at)).sum());
            assert_eq!(by_grid, by_tree, "both find the same neighbours");
        }
        let per = 1e9 / f64::from(tracks * rounds);
        let both = [moving[0] + asking[0], moving[1] + asking[1]];
        for (what, took) in [("move", moving), ("neighbours", asking), ("both", both)] {
            let name = format!("{tracks} {what}");
            let [grid, tree] = took.map(|seconds| seconds * per);
            println!("{name:<16} {grid:>14.0} {tree:>14.0} {:>8.1}", tree / grid);
        }
    }
    off_the_coast(if small { 100 } else { 100_000 });
}

/// Distances that are looked up apart, nautical miles.
const OFF_NM: [(f64, f64); 4] = [(0.0, 1.0), (1.0, 5.0), (5.0, 20.0), (20.0, 40.0)];

/// Looks up how far places of the area are off the coast that ships, so many in each band.
fn off_the_coast(wanted: usize) {
    let (config, _) =
        config::load_or_shipped(None).unwrap_or_else(|errors| panic!("{}", config::lines(&errors)));
    let zones = Zones::new(config.setup.geography);
    assert!(zones.has_coast(), "a coast ships");
    let mut random = random();
    let mut bands: [Vec<Position>; OFF_NM.len()] = Default::default();
    while bands.iter().any(|band| band.len() < wanted.min(100)) {
        let at = position([0, 1].map(|axis| SOUTH_WEST[axis] + AREA_DEG * random()));
        let off_nm = zones.off_coast_m(at) / geodesy::NM_M;
        if let Some(band) = OFF_NM.iter().position(|(from, to)| (*from..*to).contains(&off_nm)) {
            bands[band].push(at);
        }
    }
    for ((from, to), places) in OFF_NM.iter().zip(bands) {
        let mut metres = 0.0;
        let took = seconds(|| {
            let all = places.iter().cycle().take(wanted);
            metres = all.map(|at| zones.off_coast_m(black_box(*at))).sum();
        });
        assert!(metres > 0.0);
        println!(
            "{:<30} {:>14.0} ns",
            format!("{from} to {to} nm off the coast"),
            took * 1e9 / wanted as f64
        );
    }
}

/// Neighbours by the grid, each held to the same great-circle distance.
fn ask_grid(grid: &Grid, fleet: &Fleet, at: [f64; 2]) -> u64 {
    let (asked, mut found) = (position(at), 0);
    grid.near(asked, WITHIN_M, |id| {
        found += u64::from(geodesy::distance_m(asked, position(fleet.places[id.index()])) <= WITHIN_M);
        true
    });
    found
}

/// Neighbours by the tree: a circle of degrees wide enough, then the great-circle distance.
fn ask_tree(tree: &RTree<Leaf>, at: [f64; 2]) -> u64 {
    let asked = position(at);
    let [per_lon, per_lat] = geodesy::metres_per_degree(at[1]);
    let wide = WITHIN_M / per_lon.min(per_lat) * 1.02;
    let near = tree.locate_within_distance(at, wide * wide);
    near.filter(|leaf| geodesy::distance_m(asked, position(*leaf.geom())) <= WITHIN_M).count() as u64
}

fn position([lon, lat]: [f64; 2]) -> Position {
    Position::new(lon, lat).expect("on the earth")
}

fn seconds(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}

/// Returns a source of numbers from 0 to below 1, the same in each run.
fn random() -> impl FnMut() -> f64 {
    let mut seed = 1_u64;
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1_u64 << 31) as f64
    }
}

/// Vessels under way at up to 20 kn, ten seconds between their reports.
struct Fleet {
    places: Vec<[f64; 2]>,
    steps: Vec<[f64; 2]>,
}

impl Fleet {
    fn new(tracks: u32) -> Fleet {
        let mut random = random();
        let places = (0..tracks).map(|_| [0, 1].map(|axis| SOUTH_WEST[axis] + AREA_DEG * random())).collect();
        // 20 kn for ten seconds, degrees.
        let most = 20.0 / 60.0 / 360.0;
        let steps = (0..tracks).map(|_| [0, 1].map(|_| most * (2.0 * random() - 1.0))).collect();
        Fleet { places, steps }
    }

    fn sail(&mut self) {
        for (place, step) in self.places.iter_mut().zip(&self.steps) {
            *place = [place[0] + step[0], place[1] + step[1]];
        }
    }
}
