//! Makes ships of the file's vessels and fleets; random numbers decide what the file leaves open.

use super::Scenario;
use super::acts::Shift;
use super::chance::{Chance, hash};
use super::daily::{Habit, outing};
use super::file;
use super::globe::{Place, inside};
use super::helm::Agility;
use super::legs::{Action, Plan, Setting};
use super::ship::{Ship, Silent};
use super::transponder::Transponder;
use super::units::{Party, Point};
use crate::model::{Span, Time};

/// Greatest number of random positions tried to keep vessels apart in an area.
const DRAWS: usize = 400;

/// All ships of a scenario: the vessels in their order, then the fleets in theirs.
pub fn ships(scenario: &Scenario, seed: u64) -> Vec<Ship> {
    let mut ships: Vec<Ship> =
        scenario.vessels.iter().map(|(vessel, plans)| ship(scenario, vessel, plans, seed)).collect();
    for (fleet, plans) in &scenario.fleets {
        ships.extend(fleet_of(scenario, fleet, plans, seed));
    }
    ships
}

fn setting(scenario: &Scenario, length_m: f64, speed_factor: f64) -> Setting {
    Setting {
        start: scenario.start,
        late: Span::ZERO,
        current: scenario.current,
        wind_deg: scenario.wind_deg,
        agility: Agility::of_length(length_m),
        speed_factor,
    }
}

fn ship(scenario: &Scenario, vessel: &file::Vessel, plans: &[Plan], seed: u64) -> Ship {
    let party = vessel.party();
    let mut ais = Transponder::new(vessel.mmsi.unwrap_or(0), vessel.class, &vessel.name);
    ais.call_sign.clone_from(&vessel.call_sign);
    ais.imo = vessel.imo;
    ais.destination.clone_from(&vessel.destination);
    ais.ship_type = vessel.ship_type;
    ais.length_m = vessel.length.m();
    ais.noise_m = vessel.noise.m();
    let actor = actor(&party);
    let shift = Shift::of(scenario, vessel.act.as_deref(), seed);
    let setting = Setting { late: shift.late, ..setting(scenario, vessel.length.m(), 1.0) };
    let plans: Vec<Plan> = plans.iter().map(|plan| plan.clone().moved(shift.east_m, shift.north_m)).collect();
    let legs = first_legs(&plans, seed, actor);
    let mut ship = Ship::new(party, ais, shift.point(vessel.start), legs, setting, Chance::of(seed, actor));
    let from = vessel.from.map_or(scenario.start, |from| from.after(scenario.start));
    ship.born = from + shift.late;
    ship.claims.clone_from(&vessel.claims);
    ship.habit = vessel.daily.map(|daily| Habit::new(daily, &plans, seed, actor));
    ship.go_home(from - scenario.warm_up);
    ship.expects = vessel.expect.iter().map(|expect| expect.get_ref().clone()).collect();
    ship.silences = vessel
        .ais_off
        .iter()
        .map(|off| Silent {
            from: off.from.after(scenario.start) + shift.late,
            to: off.to.after(scenario.start) + shift.late,
            expect: off.expect.clone(),
        })
        .collect();
    ship
}

fn fleet_of(scenario: &Scenario, fleet: &file::Fleet, plans: &[Plan], seed: u64) -> Vec<Ship> {
    let mut chance = Chance::of(seed, fleet.mmsi.map_or_else(|| hash(&fleet.name), |m| u64::from(m) << 32));
    let mut taken: Vec<Place> = Vec::new();
    let first = fleet.from.map_or(scenario.start - scenario.warm_up, |from| from.after(scenario.start));
    let mut ships = Vec::new();
    let mut leader = Way::default();
    for n in 0..fleet.count {
        let (company, follows) = (fleet.company.max(1), n % fleet.company.max(1));
        let party = fleet.party(n);
        let mmsi = if let Party::Mmsi(mmsi) = party { mmsi } else { 0 };
        let mut ais = Transponder::new(mmsi, fleet.class, &fleet.called(n));
        ais.ship_type = chance.one_of(&fleet.ship_types).copied().unwrap_or(0);
        ais.length_m = libm::round(chance.between(fleet.length[0].m(), fleet.length[1].m()));
        ais.noise_m = fleet.noise.m();
        let off = fleet.spread.m() * libm::sqrt(chance.unit());
        let towards = chance.between(0.0, std::f64::consts::TAU);
        let (east, north) = (off * libm::sin(towards), off * libm::cos(towards));
        let start = match fleet.start {
            Some(start) => start.0.moved(east, north),
            None => anywhere(&fleet.area, fleet.apart.m(), &taken, &mut chance),
        };
        taken.push(start);
        let late = fleet.headway.0 as f64 * (f64::from(n / company) + chance.between(-0.2, 0.2));
        let factor = chance.between(fleet.speed_factor[0], fleet.speed_factor[1]);
        if follows == 0 {
            leader = Way { actor: actor(&party), start, east, north, late, factor };
        }
        // The followers spread out across the way, to both sides in turn.
        let side = if follows % 2 == 1 { 90.0 } else { 270.0 };
        let aside = f64::from(follows.div_ceil(2)) * fleet.apart.m();
        let beside = |place: Place| if follows == 0 { place } else { place.after(side, aside) };
        let own = actor(&party);
        let setting = setting(scenario, ais.length_m, leader.factor);
        let plans: Vec<Plan> =
            plans.iter().map(|plan| plan.clone().moved(leader.east, leader.north)).collect();
        let legs = first_legs(&plans, seed, leader.actor);
        let mut ship =
            Ship::new(party, ais, Point(beside(leader.start)), legs, setting, Chance::of(seed, own));
        ship.born = Time((first + Span(leader.late as i64)).0.max(first.0));
        ship.claims.clone_from(&fleet.claims);
        ship.habit = fleet.daily.map(|daily| Habit::new(daily, &plans, seed, leader.actor));
        ship.go_home(first);
        ships.push(ship);
    }
    ships
}

/// Start, time and way that a company of vessels has in common.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    actor: u64,
    start: Place,
    east: f64,
    north: f64,
    late: f64,
    factor: f64,
}

/// Returns the legs of a vessel without habits, with the choices that the file leaves open.
fn first_legs(plans: &[Plan], seed: u64, actor: u64) -> Vec<Plan> {
    let open = |plan: &Plan| match &plan.action {
        Action::Sail(sail) => sail.spread.m() > 0.0 || !sail.among.is_empty(),
        _ => false,
    };
    if !plans.iter().any(open) {
        return plans.to_vec();
    }
    let mut mood = Chance::of(!seed, actor);
    outing(plans, 0.0, &mut mood.clone(), &mut mood)
}

/// Returns the name from which a vessel's random numbers start.
fn actor(party: &Party) -> u64 {
    match party {
        Party::Mmsi(mmsi) => u64::from(*mmsi),
        Party::Name(name) => hash(name),
    }
}

/// A place in a polygon, apart from those taken where there is room.
pub(super) fn anywhere(area: &[Point], apart_m: f64, taken: &[Place], chance: &mut Chance) -> Place {
    let corners: Vec<Place> = area.iter().map(|point| point.0).collect();
    let bound = |pick: fn(&Place) -> f64| {
        let values = || corners.iter().map(pick);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let (west, east) = bound(|p| p.lon);
    let (south, north) = bound(|p| p.lat);
    let mut found = corners.first().copied().unwrap_or_default();
    for _ in 0..DRAWS {
        let at = Place { lon: chance.between(west, east), lat: chance.between(south, north) };
        if !inside(&corners, at) {
            continue;
        }
        found = at;
        if taken.iter().all(|other| other.metres_to(at) >= apart_m) {
            break;
        }
    }
    found
}
