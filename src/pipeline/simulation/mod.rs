//! A watch in a simulated world: the same engine thread, journal and deliveries as in [`super::start`], stepped by one thread in an
//! order that a seed draws, over a broker, files, clocks and a sink that fail as the seed says.
//!
//! A run begins with messages at the broker: reports and officers' actions. Each step is one of: the broker hands a message over,
//! an officer acts at the console, the engine works a batch off, the disk syncs, the writer writes, a delivery is made, a second
//! passes, a fault begins or ends, the program or the machine dies and starts again. At the end all faults are mended and the world
//! runs on until nothing is left to do. Then the journal and what was published must be what an undisturbed run gives, entry for
//! entry, and the journal must have all that the console ever showed as being on disk.
//!
//! A seed that fails is run again by `VIGIE_SEED=<seed> cargo nextest run simulation`; `VIGIE_SEEDS=<from>..<to>` runs others.

mod broker;
mod case;
mod node;
mod pair;
mod shelf;
mod tally;
mod world;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use case::{Case, Counted, Vessels};
use node::Node;
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use shelf::{Death, Refusal};
use world::{Kept, Screen, World};

use crate::clock;
use crate::journal::{self, Journal, spare};
use crate::model::{AlertMessage, Span};
use crate::wire::actions::{self, Asked, Written};

/// Messages of a run.
const MESSAGES: u32 = 60;
/// Steps of a run before everything is mended.
const STEPS: u32 = 400;

/// Which faults a run draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Faults {
    None,
    /// Deaths of the program, a disk that refuses for a moment or until it is mended, lost connections, a sink that fails, clocks that step.
    Program,
    /// The same, but for deaths of the machine in place of a disk that refuses: what waits in memory for a disk dies with the machine.
    Machine,
    /// All of them, and bits that flip in the input log. What that costs may be missing.
    Damage,
}

/// Draws of a run.
struct Draw(Pcg32);

impl Draw {
    fn of(seed: u64) -> Draw {
        Draw(Pcg32::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Returns a number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end.max(1)
    }

    /// True once in so many.
    fn once_in(&mut self, count: u32) -> bool {
        self.below(count) == 0
    }
}

/// Runs a seed in a folder; returns the alert events that its journal has at the end, and then the actions that came as messages.
fn run<C: Case>(seed: u64, faults: Faults, folder: &Path) -> Vec<String> {
    let mut run = Run::<C> {
        draw: Draw::of(seed),
        world: World::new(folder, MESSAGES, C::message),
        node: None,
        is_told: is_told(),
    };
    for step in 0..STEPS {
        run.step(faults);
        if step % 16 == 15 {
            let (kept, told) = (entries(folder), run.world.told.lock().expect("lock"));
            let checked = told.check(&kept).and_then(|()| run.world.ground.screen.check(&kept));
            checked.unwrap_or_else(|wrong| panic!("seed {seed}, step {step}: {wrong}"));
        }
    }
    run.world.mend();
    while run.world.publish() {}
    let mut rounds = 0..200;
    while !run.is_at_rest() {
        assert!(rounds.next().is_some(), "seed {seed}: something is never done");
        run.round(rounds.start % 8 == 0);
    }
    if let Some(node) = run.node.take() {
        node.end(&run.world.ground.files);
    }
    if let Some(spare) = spare::folder(folder) {
        std::fs::remove_dir_all(spare).ok();
    }
    let kept = entries(folder);
    verify(folder).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
    let told = run.world.told.lock().expect("lock");
    let unwritten = if faults == Faults::Damage { Ok(()) } else { told.check_unwritten(&kept) };
    let checked = told.check_all(&kept).and(unwritten);
    let checked = checked.and_then(|()| run.world.ground.screen.check_all(&kept));
    drop(told);
    checked.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    // An action comes before the alerts of the step that takes it, and how much a step takes is drawn.
    let (alerts, actions): (Vec<_>, Vec<_>) =
        kept.into_values().filter(|entry| !entry.is_own()).partition(|entry| entry.is_alert);
    alerts.into_iter().chain(actions).map(|entry| entry.body).collect()
}

/// A run under way.
struct Run<C: Case> {
    draw: Draw,
    world: World,
    /// `None` after a death.
    node: Option<Node<C>>,
    /// Whether each step is told.
    is_told: bool,
}

impl<C: Case> Run<C> {
    /// Does one thing that the seed draws.
    fn step(&mut self, faults: Faults) {
        if self.draw.once_in(3) {
            self.world.publish();
        }
        self.world.passes(u64::from(self.draw.below(2_000)));
        if faults != Faults::None && self.draw.once_in(12) {
            self.fault(faults);
        }
        if self.draw.once_in(20) {
            let words = format!("remark {}", self.draw.0.next_u32());
            self.alive(|world, node| node.act(said(&world.ground.screen, words, world.wall_ns())));
        }
        let (what, count, is_due) = (self.draw.below(10), 1 + self.draw.below(8), self.draw.once_in(4));
        self.tell(|| format!("step {what}, {count}, {is_due}"));
        self.alive(|world, node| match what {
            0..=2 => receive(world, node, count),
            3 | 4 => node.turn(count as usize),
            5 => node.sync(),
            6 => node.write(count as usize, &world.ground.files),
            7 => node.acknowledge(),
            8 => node.deliver(),
            _ => node.second(is_due),
        });
    }

    /// Does everything once.
    fn round(&mut self, is_due: bool) {
        self.world.passes(1_000);
        self.alive(|world, node| {
            receive(world, node, 64);
            node.turn(64);
            node.second(is_due);
            node.sync();
            node.write(64, &world.ground.files);
            node.acknowledge();
            (0..64).for_each(|_| node.deliver());
        });
    }

    /// Tells what happens, where one seed is looked at.
    fn tell(&self, what: impl FnOnce() -> String) {
        if self.is_told {
            println!("{}", what());
        }
    }

    fn is_at_rest(&mut self) -> bool {
        self.world.is_at_rest() && self.node.as_ref().is_some_and(Node::<C>::is_at_rest)
    }

    /// Starts the node where it is dead, and lets it do something, of which it may die.
    fn alive(&mut self, act: impl FnOnce(&mut World, &mut Node<C>)) {
        let Run { world, node, .. } = self;
        let lived = catch_unwind(AssertUnwindSafe(|| {
            let node = node.get_or_insert_with(|| Node::start(&world.ground, None));
            act(world, node);
        }));
        let unwritten = world.ground.take_unwritten();
        world.told.lock().expect("lock").unwritten.extend(unwritten);
        match lived {
            Ok(()) if !world.ground.files.is_dead() => return,
            Ok(()) => {}
            Err(reason) if reason.is::<Death>() => {}
            Err(reason) => std::panic::resume_unwind(reason),
        }
        self.dies();
    }

    fn dies(&mut self) {
        self.tell(|| "dies".to_owned());
        self.node = None;
        self.world.ground.files.revive(&mut self.draw);
        self.world.session.reconnect();
        self.world.ground.screen.said.lock().expect("lock").clear();
    }

    /// A fault that the seed draws begins, or ends.
    fn fault(&mut self, faults: Faults) {
        let what = self.draw.below(11);
        let is_drawn = match faults {
            Faults::None => false,
            Faults::Program => !(1..=2).contains(&what),
            Faults::Machine => !(4..=6).contains(&what),
            Faults::Damage => true,
        };
        if !is_drawn {
            return;
        }
        self.tell(|| format!("fault {what}"));
        let Run { draw, world, .. } = self;
        match what {
            0 => world.ground.files.kill_after(draw.below(12), false),
            1 => world.ground.files.kill_after(draw.below(12), true),
            2 => {
                world.ground.files.cut_power();
                self.dies();
            }
            3 => self.dies(),
            4 | 5 => world.ground.files.refuse(Refusal::draw(draw), draw.once_in(3)),
            6 => world.ground.files.mend(),
            7 => world.session.reconnect(),
            8 => world.told.lock().expect("lock").failing = draw.below(6),
            9 => world.wall_clock_steps(i64::from(draw.below(7_200_000)) - 3_600_000),
            _ if faults == Faults::Damage => world.ground.files.flip_a_bit(draw),
            _ => world.ground.files.fill_journal(draw.below(6)),
        }
    }
}

fn receive<C: Case>(world: &mut World, node: &mut Node<C>, count: u32) {
    let now = (world.wall_ns(), world.moment());
    node.receive(&mut world.session, now, count);
}

/// Returns what an officer does at the console.
fn said(screen: &Screen, words: String, wall_ns: i64) -> Written {
    let asked = Asked::Log { text: words.clone() };
    screen.said.lock().expect("lock").push(words);
    Written::new(asked, "Clarke", clock::at(wall_ns)).expect("is within bounds")
}

/// Checks that the chain of a journal is whole, and what was made of its entries.
fn verify(folder: &Path) -> Result<(), String> {
    let db = journal::open_for_reading(&folder.join(journal::FILE)).expect("the journal opens");
    let parse = |text: &str, time| actions::parse(text.as_bytes(), time).ok();
    let question = journal::Question { head: None, kept: Span::ZERO, parse: &parse };
    let verdict = journal::verify(&db, &question).expect("the journal is read");
    verdict.broken.map_or(Ok(()), |broken| Err(format!("the chain is not whole: {broken:?}")))
}

/// Whether each step is told: one seed is looked at.
fn is_told() -> bool {
    std::env::var_os("VIGIE_SEED").is_some()
}

/// Returns alert events and actions of the journal.
fn entries(folder: &Path) -> BTreeMap<u64, Kept> {
    let path = folder.join(journal::FILE);
    drop(Journal::open(&path).expect("the journal opens"));
    let db = journal::open_for_reading(&path).expect("the journal opens");
    let sql = "SELECT n, kind = 'alert', id, body FROM entry WHERE kind IN ('alert', 'action')";
    let mut statement = db.prepare(sql).expect("is right");
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, Kept { is_alert: row.get(1)?, id: row.get(2)?, body: row.get(3)? }))
    });
    rows.expect("reads").collect::<Result<_, _>>().expect("reads")
}

/// The folder of the runs: in memory, where the machine has such a file system.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder")
}

/// Returns the seeds to be run: those of the environment, else those that every run of the tests tries.
fn seeds(of_every_run: Range<u64>) -> Vec<u64> {
    let number = |text: &str| text.trim().parse::<u64>().expect("VIGIE_SEED and VIGIE_SEEDS have numbers");
    if let Ok(seed) = std::env::var("VIGIE_SEED") {
        return vec![number(&seed)];
    }
    match std::env::var("VIGIE_SEEDS") {
        Ok(seeds) => {
            let (from, to) = seeds.split_once("..").expect("VIGIE_SEEDS is <from>..<to>");
            (number(from)..number(to)).collect()
        }
        Err(_) => of_every_run.collect(),
    }
}

/// Says how what a run left differs from what an undisturbed one leaves; `None` where it does not.
fn difference(left: &[String], want: &[String]) -> Option<String> {
    let brief = |body: Option<&String>| {
        let Some(message) = body.and_then(|body| AlertMessage::read(body).ok()) else {
            return body.map_or("nothing", String::as_str).to_owned();
        };
        format!("{} {} {}", message.event.id, message.event.seq, message.event.summary)
    };
    let most = left.len().max(want.len());
    let at = (0..most).find(|at| left.get(*at) != want.get(*at))?;
    Some(format!("event {at} of {most} is {} and should be {}", brief(left.get(at)), brief(want.get(at))))
}

/// Runs the seeds with faults after which nothing may be missing.
fn nothing_is_missing_after<C: Case>(faults: Faults) {
    let undisturbed = scratch();
    let want = run::<C>(0, Faults::None, undisturbed.path());
    assert!(want.len() > MESSAGES as usize / 3, "{} entries", want.len());
    let mut wrong = Vec::new();
    for seed in seeds(C::SEEDS) {
        let folder = scratch();
        let left = run::<C>(seed, faults, folder.path());
        wrong.extend(difference(&left, &want).map(|difference| format!("seed {seed}: {difference}")));
    }
    assert!(wrong.is_empty(), "{} seeds: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
}

#[test]
fn when_the_program_dies_or_the_disk_refuses_nothing_is_lost_doubled_or_changed() {
    nothing_is_missing_after::<Counted>(Faults::Program);
}

#[test]
fn when_the_machine_dies_nothing_is_lost_doubled_or_changed() {
    nothing_is_missing_after::<Counted>(Faults::Machine);
}

#[test]
fn the_engine_goes_on_from_whatever_a_death_of_the_program_leaves() {
    nothing_is_missing_after::<Vessels>(Faults::Program);
}

#[test]
fn the_engine_goes_on_from_whatever_a_death_of_the_machine_leaves() {
    nothing_is_missing_after::<Vessels>(Faults::Machine);
}

#[test]
fn whatever_is_damaged_nobody_is_told_what_the_journal_does_not_have() {
    for seed in seeds(Counted::SEEDS) {
        let folder = scratch();
        assert!(!run::<Counted>(seed, Faults::Damage, folder.path()).is_empty(), "seed {seed}");
    }
}
