//! Disks that refuse: what is kept, where, and what counts as safe.

use super::*;
use crate::journal::files::Machine;

/// A keeper with its folders, and what the other threads hold.
struct Rig {
    folders: [tempfile::TempDir; 3],
    keeper: StateKeeper,
    goal: watch::Receiver<Goal>,
    safe: watch::Sender<u64>,
    settled: watch::Sender<u64>,
}

impl Rig {
    fn new() -> Rig {
        let folders = [0, 1, 2].map(|_| tempfile::tempdir().expect("folder"));
        let (goal_in, goal) = watch::channel(Goal::default());
        let (safe, safe_out) = watch::channel(0);
        let (settled, settled_out) = watch::channel(0);
        let ways = Ways { files: Machine::shared(), goal: goal_in, safe: safe_out, settled: settled_out };
        let board = Arc::new(Board::new([]));
        let mut keeper = StateKeeper::new(folders[0].path().to_owned(), board, Duration::ZERO, ways);
        keeper.spare = Some(folders[1].path().join("spare"));
        keeper.begin(0);
        Rig { folders, keeper, goal, safe, settled }
    }

    fn log(&mut self, numbers: std::ops::Range<u64>) {
        for n in numbers {
            self.keeper.append("t", n as i64, &[n as u8; 9]);
        }
        self.keeper.flush();
    }

    /// Does what the thread of the disk does.
    fn sync(&self) -> u64 {
        let Goal { count, file } = self.goal.borrow().clone();
        if let Some(file) = file {
            file.sync().expect("syncs");
            self.safe.send_replace(count);
        }
        *self.safe.borrow()
    }

    /// The log goes on to a file on a full disk.
    fn fill(&mut self) {
        let name = format!("input-{:020}.log", 0);
        std::os::unix::fs::symlink("/dev/full", self.folders[2].path().join(name)).expect("links");
        let full = InputLog::begin(&Machine::shared(), self.folders[2].path(), 0).expect("begins");
        self.keeper.put_in(Place::Disk(full));
    }

    /// Waits until the disk is used again.
    fn wait(&mut self) {
        while !self.keeper.is_due() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The messages that a restart reads.
    fn read(&self) -> Vec<i64> {
        let mut seen = Vec::new();
        let folders = [self.folders[0].path(), &self.folders[1].path().join("spare")];
        input::read_all(&folders, 0, |_, logged| {
            seen.push(logged.arrival_ns);
            Ok(())
        })
        .expect("reads");
        seen
    }
}

fn made(state: &'static [u8]) -> Make {
    Box::new(|_| Ok(state.to_vec()))
}

#[test]
fn what_the_disk_refuses_is_kept_in_the_spare_folder() {
    let mut rig = Rig::new();
    rig.log(0..3);
    assert_eq!(rig.sync(), 3);
    rig.fill();
    rig.log(3..6);
    assert!(rig.keeper.board.note().input_error.is_some());
    assert_eq!((rig.sync(), rig.read()), (6, (0..6).collect()));
    rig.wait();
    assert_eq!(rig.keeper.board.note().input_error, None);
    rig.log(6..8);
    assert_eq!((rig.sync(), rig.read()), (8, (0..8).collect()));
    for n in [8, 9] {
        rig.log(n..n + 1);
        rig.sync();
        rig.keeper.checkpoint(0, || made(b""));
        rig.keeper.settle(true);
    }
    assert_eq!(rig.read(), [9], "what two checkpoints cover is forgotten");
    assert_eq!(std::fs::read_dir(rig.folders[1].path()).expect("reads").count(), 0);
}

#[test]
fn what_nothing_takes_waits_in_memory_and_is_not_safe() {
    let mut rig = Rig::new();
    rig.keeper.spare = None;
    rig.log(0..3);
    assert_eq!(rig.sync(), 3);
    rig.fill();
    rig.log(3..6);
    rig.log(6..9);
    assert_eq!((rig.sync(), rig.read()), (3, (0..3).collect()));
    assert_eq!(rig.keeper.held(), 6);
    rig.wait();
    assert_eq!(rig.keeper.held(), 0);
    assert_eq!((rig.sync(), rig.read()), (9, (0..9).collect()));
}

#[test]
fn what_could_not_be_synced_is_written_again() {
    let mut rig = Rig::new();
    rig.log(0..3);
    rig.sync();
    rig.log(3..5);
    let syncing = rig.goal.borrow().file.clone();
    syncing.expect("a file").fail(io::Error::other("input/output error"));
    rig.log(5..6);
    let spare = rig.folders[1].path().join("spare");
    let mut again = Vec::new();
    input::read(&spare, 0, |number, _| {
        again.push(number);
        Ok(())
    })
    .expect("reads");
    assert_eq!((again, rig.sync(), rig.read()), (vec![3, 4, 5], 6, (0..6).collect()));
}

#[test]
fn memory_that_waits_for_a_disk_is_bounded() {
    let mut rig = Rig::new();
    rig.keeper.spare = None;
    rig.fill();
    for _ in 0..3 * MOST_HELD / BATCH_BYTES {
        rig.keeper.append("t", 0, &[0; BATCH_BYTES]);
    }
    let held: usize = rig.keeper.unsynced.iter().map(|batch| batch.frames.len()).sum();
    assert!(held <= MOST_HELD, "{held}");
    rig.wait();
    assert_eq!(rig.sync(), rig.keeper.next, "a checkpoint follows");
}

#[test]
fn a_checkpoint_waits_for_the_journal() {
    let mut rig = Rig::new();
    rig.log(0..3);
    rig.keeper.checkpoint(2, || made(b"state"));
    rig.settled.send_replace(1);
    rig.keeper.write_taken();
    rig.keeper.settle(true);
    assert_eq!(checkpoint::read(rig.folders[0].path()), []);
    rig.settled.send_replace(2);
    rig.keeper.write_taken();
    rig.keeper.settle(true);
    assert_eq!(checkpoint::read(rig.folders[0].path()), [(3, b"state".to_vec())]);
    rig.log(3..4);
    rig.keeper.checkpoint(3, || made(b"later"));
    drop(std::mem::replace(&mut rig.settled, watch::channel(0).0));
    rig.keeper.finish();
    assert_eq!(checkpoint::read(rig.folders[0].path()).len(), 1, "the journal ended before");
}

#[test]
fn a_checkpoint_that_cannot_be_made_is_taken_again_at_once_and_not_from_the_one_before() {
    let mut rig = Rig::new();
    let hour = Duration::from_secs(3600);
    rig.keeper.at_least = hour;
    rig.log(0..3);
    rig.keeper.checkpoint(0, || made(b"first"));
    rig.keeper.settle(true);
    assert_eq!(rig.keeper.base(), Some(Base { next: 3, bytes: 5 }));
    rig.log(3..5);
    rig.keeper.checkpoint(0, || Box::new(|_| anyhow::bail!("the log is damaged")));
    assert!(!rig.keeper.is_due());
    rig.keeper.settle(true);
    assert!(rig.keeper.is_due());
    assert_eq!((rig.keeper.base(), rig.keeper.board.note().checkpoint_error.clone()), (None, None));
    assert_eq!(checkpoint::newest(rig.folders[0].path()), Some((3, b"first".to_vec())));
}

#[test]
fn a_checkpoint_that_is_too_slow_is_given_up() {
    let mut rig = Rig::new();
    rig.log(0..3);
    let wait: Make = Box::new(|given_up: &AtomicBool| {
        while !given_up.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        anyhow::bail!("given up")
    });
    assert!(rig.keeper.checkpoint(0, || wait));
    rig.log(3..5);
    assert!(!rig.keeper.checkpoint(0, || made(b"waits")));
    rig.keeper.bytes = MOST_BEHIND + 1;
    assert!(!rig.keeper.checkpoint(0, || made(b"waits")), "it gives the other one up");
    rig.keeper.settle(true);
    assert!(rig.keeper.checkpoint(0, || made(b"state")));
    rig.keeper.settle(true);
    assert_eq!(checkpoint::newest(rig.folders[0].path()), Some((5, b"state".to_vec())));
    assert_eq!(rig.read(), (0..5).collect::<Vec<_>>());
}
