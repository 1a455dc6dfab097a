//! Simulated files: real ones, of which the shelf knows what is on disk, so that it can lose the rest.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::ThreadId;

use super::Draw;
use crate::journal::files::{Files, Written};
use crate::journal::spare;

/// The program dies here: what unwinds with this is no failure of the test.
pub(super) struct Death;

/// Why the disk refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is room for so many bytes, until somebody makes more.
    Full { room: u32 },
    /// After so many operations, so many fail.
    Io { after: u32, count: u32 },
}

impl Refusal {
    /// Returns a refusal that the seed draws. Some last until somebody mends the disk.
    pub(super) fn draw(draw: &mut Draw) -> Refusal {
        match draw.below(3) {
            0 => Refusal::Io { after: draw.below(6), count: 1 + draw.below(3) },
            1 => Refusal::Io { after: draw.below(6), count: u32::MAX },
            _ => Refusal::Full { room: draw.below(2_048) },
        }
    }
}

/// Files of a simulation.
#[derive(Clone, Debug)]
pub(super) struct Shelf(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// The folder on the disk. What is elsewhere is in memory, and a death of the machine costs it.
    folder: PathBuf,
    /// The thread that a death unwinds.
    thread: ThreadId,
    /// Bytes of each file that are on disk. Those of the others were never written here.
    synced: BTreeMap<PathBuf, u64>,
    /// Changes of names that are not on disk, in their order.
    names: Vec<Change>,
    refusal: Option<Refusal>,
    /// Whether the memory refuses as the disk does.
    is_memory_full: bool,
    /// How often the writer pauses before the journal has room again; `None` where it has.
    journal_waits: Option<u32>,
    /// Operations until the program dies, and whether the machine does.
    death: Option<(u32, bool)>,
    /// True from a death to the next start, and whether the machine died.
    dead: Option<bool>,
}

/// A change of a file's name, with what undoes it.
#[derive(Debug)]
enum Change {
    Created(PathBuf),
    Renamed { from: PathBuf, to: PathBuf, before: Option<Content> },
    Removed(PathBuf, Content),
}

/// Bytes of a file, and how many of them are on disk.
#[derive(Debug)]
struct Content {
    bytes: Vec<u8>,
    synced: u64,
}

impl State {
    /// Whether a path is where nothing is refused.
    fn is_safe(&self, path: &Path) -> bool {
        !self.is_memory_full && !path.starts_with(&self.folder)
    }

    /// Counts an operation, which needs room for so many bytes: it fails where the disk refuses, and may be the last.
    fn operation(&mut self, path: &Path, bytes: usize) -> io::Result<()> {
        if self.dead.is_some() {
            return Err(io::Error::other("the program is dead"));
        }
        if let Some((left, machine)) = &mut self.death {
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => {
                    self.dead = Some(*machine);
                    self.death = None;
                    return Err(io::Error::other("the program is dead"));
                }
            }
        }
        if self.is_safe(path) {
            return Ok(());
        }
        match &mut self.refusal {
            None => Ok(()),
            Some(Refusal::Full { room }) => {
                match room.checked_sub(u32::try_from(bytes).unwrap_or(u32::MAX)) {
                    Some(left) => {
                        *room = left;
                        Ok(())
                    }
                    None => Err(io::Error::from(io::ErrorKind::StorageFull)),
                }
            }
            Some(Refusal::Io { after, .. }) if *after > 0 => {
                *after -= 1;
                Ok(())
            }
            Some(Refusal::Io { count: 0, .. }) => {
                self.refusal = None;
                Ok(())
            }
            Some(Refusal::Io { count, .. }) => {
                *count -= 1;
                Err(io::Error::other("input/output error"))
            }
        }
    }

    fn content(&self, path: &Path) -> Option<Content> {
        let bytes = std::fs::read(path).ok()?;
        let synced = self.synced.get(path).copied().unwrap_or(bytes.len() as u64);
        Some(Content { bytes, synced })
    }

    fn put_back(&mut self, path: &Path, content: Content) {
        if !path.starts_with(&self.folder) {
            return;
        }
        std::fs::write(path, content.bytes).expect("writes");
        self.synced.insert(path.to_owned(), content.synced);
    }

    /// Undoes a change of names.
    fn undo(&mut self, change: Change) {
        match change {
            Change::Created(path) => {
                std::fs::remove_file(&path).ok();
                self.synced.remove(&path);
            }
            Change::Renamed { from, to, before } => {
                if let Some(content) = self.content(&to) {
                    self.put_back(&from, content);
                }
                std::fs::remove_file(&to).ok();
                self.synced.remove(&to);
                if let Some(before) = before {
                    self.put_back(&to, before);
                }
            }
            Change::Removed(path, content) => self.put_back(&path, content),
        }
    }
}

impl Shelf {
    pub(super) fn new(folder: &Path) -> Shelf {
        Shelf(Arc::new(Mutex::new(State {
            folder: folder.to_owned(),
            thread: std::thread::current().id(),
            synced: BTreeMap::new(),
            names: Vec::new(),
            refusal: None,
            is_memory_full: false,
            journal_waits: None,
            death: None,
            dead: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("lock")
    }

    /// Does an operation, unless the disk refuses or the program dies of it. On the thread of the test a death unwinds.
    fn operation<T>(
        &self,
        path: &Path,
        bytes: usize,
        act: impl FnOnce(&mut State) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut state = self.state();
        let was_dead = state.dead.is_some();
        let done = state.operation(path, bytes).and_then(|()| act(&mut state));
        let dies = state.dead.is_some() && !was_dead && std::thread::current().id() == state.thread;
        drop(state);
        if dies {
            std::panic::resume_unwind(Box::new(Death));
        }
        done
    }

    /// The program, or the whole machine, dies at the operation after so many.
    pub(super) fn kill_after(&self, operations: u32, machine: bool) {
        self.state().death = Some((operations, machine));
    }

    /// The machine dies at once.
    pub(super) fn cut_power(&self) {
        self.state().dead = Some(true);
    }

    /// Where the writer waits for the disk: the program may die here, and the journal may have room again.
    pub(super) fn wait(&self) {
        let folder = self.state().folder.clone();
        self.operation(&folder, 0, |_| Ok(())).ok();
        let mut state = self.state();
        state.journal_waits = state.journal_waits.and_then(|waits| waits.checked_sub(1));
    }

    /// The program dies here.
    pub(super) fn die(&self) -> ! {
        self.state().dead = Some(false);
        std::panic::resume_unwind(Box::new(Death));
    }

    /// Whether the program has died.
    pub(super) fn is_dead(&self) -> bool {
        self.state().dead.is_some()
    }

    /// The disk refuses from now on, and perhaps the memory too.
    pub(super) fn refuse(&self, refusal: Refusal, is_memory_full: bool) {
        let mut state = self.state();
        (state.refusal, state.is_memory_full) = (Some(refusal), is_memory_full);
    }

    /// Whether the disk refuses something.
    pub(super) fn is_refusing(&self) -> bool {
        let state = self.state();
        state.refusal.is_some() || state.journal_waits.is_some()
    }

    /// The disk has no room for the journal, until the writer has paused so often, or the program starts again.
    pub(super) fn fill_journal(&self, waits: u32) {
        self.state().journal_waits = Some(waits);
    }

    /// Whether the disk has no room for the journal.
    pub(super) fn is_journal_full(&self) -> bool {
        self.state().journal_waits.is_some()
    }

    /// The disk takes everything again.
    pub(super) fn mend_disk(&self) {
        let mut state = self.state();
        (state.refusal, state.is_memory_full, state.journal_waits) = (None, false, None);
    }

    /// The disk takes everything again, and nobody is about to die.
    pub(super) fn mend(&self) {
        self.mend_disk();
        self.state().death = None;
    }

    /// Returns how many of so many bytes go into a file before the rest is refused, or the program dies of it: a record may end
    /// anywhere.
    fn first_part(&self, path: &Path, bytes: usize) -> usize {
        let state = self.state();
        match state.refusal {
            Some(Refusal::Full { room }) if !state.is_safe(path) && (room as usize) < bytes => room as usize,
            _ => bytes / 2,
        }
    }

    /// The program may start again. Where the machine died, what was not on disk is lost, or half lost.
    pub(super) fn revive(&self, draw: &mut Draw) {
        let mut state = self.state();
        (state.death, state.journal_waits) = (None, None);
        if state.dead.take() != Some(true) {
            return;
        }
        let kept = draw.below(state.names.len() as u32 + 1) as usize;
        let undone = state.names.split_off(kept);
        undone.into_iter().rev().for_each(|change| state.undo(change));
        state.names.clear();
        if let Some(spare) = spare::folder(&state.folder) {
            std::fs::remove_dir_all(spare).ok();
        }
        let paths: Vec<_> = state.synced.iter().map(|(path, synced)| (path.clone(), *synced)).collect();
        for (path, synced) in paths {
            let Ok(mut bytes) = std::fs::read(&path) else { continue };
            let unsynced = (bytes.len() as u64).saturating_sub(synced) as u32;
            bytes.truncate(synced as usize + draw.below(unsynced + 1) as usize);
            // The last sector may hold anything.
            let torn =
                draw.below(2) * draw.below((bytes.len() as u64 - synced.min(bytes.len() as u64)) as u32 + 1);
            let from = bytes.len() - torn as usize;
            bytes[from..].iter_mut().for_each(|byte| *byte = draw.below(256) as u8);
            state.synced.insert(path.clone(), bytes.len() as u64);
            std::fs::write(&path, bytes).expect("writes");
        }
    }

    /// Flips a bit in one of the input logs, where there is one.
    pub(super) fn flip_a_bit(&self, draw: &mut Draw) {
        let state = self.state();
        let is_log = |path: &&PathBuf| path.extension().is_some_and(|end| end == "log");
        let logs: Vec<_> = state.synced.keys().filter(is_log).collect();
        let Some(path) = logs.get(draw.below(logs.len() as u32) as usize) else { return };
        let Ok(mut bytes) = std::fs::read(path) else { return };
        let at = draw.below(bytes.len() as u32) as usize;
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << draw.below(8);
            std::fs::write(path, bytes).expect("writes");
        }
    }
}

impl Files for Shelf {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Written>> {
        self.operation(path, 0, |state| {
            let change = match state.content(path) {
                Some(content) => Change::Removed(path.to_owned(), content),
                None => Change::Created(path.to_owned()),
            };
            state.names.push(change);
            state.synced.insert(path.to_owned(), 0);
            std::fs::write(path, [])
        })?;
        Ok(Arc::new(Open { shelf: self.clone(), path: path.to_owned() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operation(from, 0, |state| {
            let before = state.content(to);
            std::fs::rename(from, to)?;
            let synced = state.synced.remove(from).unwrap_or_default();
            state.synced.insert(to.to_owned(), synced);
            state.names.push(Change::Renamed { from: from.to_owned(), to: to.to_owned(), before });
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operation(path, 0, |state| {
            let content = state.content(path).ok_or(io::ErrorKind::NotFound)?;
            std::fs::remove_file(path)?;
            state.synced.remove(path);
            state.names.push(Change::Removed(path.to_owned(), content));
            Ok(())
        })
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.operation(path, 0, |state| {
            state.synced.insert(path.to_owned(), std::fs::metadata(path)?.len());
            Ok(())
        })
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.operation(folder, 0, |state| {
            state.names.clear();
            Ok(())
        })
    }
}

/// A simulated file that is being written.
#[derive(Debug)]
struct Open {
    shelf: Shelf,
    path: PathBuf,
}

impl Open {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().append(true).open(&self.path)?.write_all(bytes)
    }
}

impl Written for Open {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let (first, second) = bytes.split_at(self.shelf.first_part(&self.path, bytes.len()));
        self.shelf.operation(&self.path, first.len(), |_| self.append(first))?;
        self.shelf.operation(&self.path, second.len(), |_| self.append(second))
    }

    fn sync(&self) -> io::Result<()> {
        self.shelf.sync_file(&self.path)
    }
}
