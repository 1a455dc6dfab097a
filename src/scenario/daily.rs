//! Outings of vessels that leave the same home day after day, at about the same hour.

use serde::Deserialize;

use super::chance::Chance;
use super::legs::{Action, Plan};
use super::units::{Moment, Share};
use crate::model::{Span, Time};

const DAY_MS: i64 = 86_400_000;
/// Share of an hour of leaving, and of a place, that is the vessel's own habit; the rest differs from day to day.
const HABIT: f64 = 0.7;
/// Longest search for the next outing, days.
const DAYS: i64 = 400;
/// Distance between the seeds of two days.
const DAY_SEED: u64 = 1 << 32;
/// Distance between the seed of the days and that of the habits.
const HABIT_SEED: u64 = 1 << 31;

/// `daily` of a vessel or a fleet: its legs are an outing, which is repeated.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Daily {
    /// First and last time of day of leaving. A last time at or before the first is on the next day.
    pub leave: [Moment; 2],
    /// Share of the days on which a vessel goes out.
    #[serde(default = "always")]
    pub goes: Share,
    /// Each leg's duration is longer or shorter by up to this share.
    #[serde(default = "fifth")]
    pub vary: Share,
}

impl Daily {
    /// Whether the times of leaving are times of day.
    pub fn is_of_day(&self) -> bool {
        self.leave.iter().all(|at| matches!(at, Moment::OfDay(_)))
    }

    /// First moment of leaving after midnight, and the width of the window, milliseconds.
    fn window(&self) -> (i64, i64) {
        let of_day = |at: Moment| if let Moment::OfDay(ms) = at { ms } else { 0 };
        let (first, last) = (of_day(self.leave[0]), of_day(self.leave[1]));
        (first, if last > first { last - first } else { last + DAY_MS - first })
    }
}

/// Habits of one vessel. The same seed and vessel give the same outing on a date, wherever a simulation begins.
#[derive(Clone, Debug)]
pub struct Habit {
    daily: Daily,
    plans: Vec<Plan>,
    seed: u64,
    actor: u64,
}

impl Habit {
    /// Returns the habits of a vessel, or of a company of vessels, by its number.
    pub fn new(daily: Daily, plans: &[Plan], seed: u64, actor: u64) -> Habit {
        Habit { daily, plans: plans.to_vec(), seed, actor }
    }

    /// Returns the first time of leaving at or after a moment, and the legs of that outing.
    pub fn next(&self, after: Time) -> Option<(Time, Vec<Plan>)> {
        let (first, width) = self.daily.window();
        let today = after.0.div_euclid(DAY_MS) - 1;
        (today..today + DAYS).find_map(|day| {
            let mut own = Chance::of(self.seed ^ HABIT_SEED, self.actor);
            let mut mood = Chance::of(self.seed.wrapping_add(DAY_SEED.wrapping_mul(day as u64)), self.actor);
            let hour = HABIT * own.unit() + (1.0 - HABIT) * mood.unit();
            let leaves = Time(day * DAY_MS + first + (hour * width as f64) as i64 / 1000 * 1000);
            let goes = mood.happens(self.daily.goes.0) && leaves >= after;
            goes.then(|| (leaves, outing(&self.plans, self.daily.vary.0, &mut own, &mut mood)))
        })
    }
}

/// Returns the legs of one outing: the choices that the file leaves open are made by habit and by mood.
pub fn outing(plans: &[Plan], vary: f64, own: &mut Chance, mood: &mut Chance) -> Vec<Plan> {
    let one = |plan: &Plan| {
        let mut plan = plan.clone();
        if let Action::Sail(sail) = &mut plan.action {
            let (habit, other) = (own.one_of(&sail.among).copied(), mood.one_of(&sail.among).copied());
            sail.to.extend(if mood.happens(HABIT) { habit } else { other });
            let (usual, today) = (aside(own), aside(mood));
            let shift = |i: usize| (HABIT * usual[i] + (1.0 - HABIT) * today[i]) * sail.spread.m();
            let (east, north) = (shift(0), shift(1));
            if let Some(last) = sail.to.last_mut().filter(|_| east != 0.0 || north != 0.0) {
                last.0 = last.0.moved(east, north);
            }
        }
        let factor = mood.between(1.0 - vary, 1.0 + vary);
        if let Some(lasting) = plan.action.lasting_mut() {
            *lasting = super::units::Duration::new(Span((lasting.0 as f64 * factor) as i64));
        }
        plan
    };
    plans.iter().map(one).collect()
}

/// Returns a random place of the unit circle, east and north.
fn aside(chance: &mut Chance) -> [f64; 2] {
    let (off, towards) = (libm::sqrt(chance.unit()), chance.between(0.0, std::f64::consts::TAU));
    [off * libm::sin(towards), off * libm::cos(towards)]
}

fn always() -> Share {
    Share(1.0)
}
fn fifth() -> Share {
    Share(0.2)
}
