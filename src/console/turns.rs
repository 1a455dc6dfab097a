//! Turns of questions for each of which a recording is played once more: one is worked on, a few wait.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore, SemaphorePermit};

/// Questions that are open at once, at most.
const MOST_OPEN: usize = 4;

/// What whoever has the turn works with. The turn ends when this is dropped: with the thread that works on the question, not with the
/// request, so that whoever asks and leaves makes no room for another thread.
pub type Turn<T> = OwnedMutexGuard<T>;

/// The turns, and what they hand on from one to the next.
#[derive(Debug)]
pub struct Turns<T> {
    turn: Arc<Mutex<T>>,
    places: Semaphore,
}

impl<T: Default> Default for Turns<T> {
    fn default() -> Turns<T> {
        Turns { turn: Arc::default(), places: Semaphore::new(MOST_OPEN) }
    }
}

impl<T> Turns<T> {
    /// Waits for a turn; the place is held as long as the question is open. `None`: too many are open already.
    pub async fn take(&self) -> Option<(SemaphorePermit<'_>, Turn<T>)> {
        let place = self.places.try_acquire().ok()?;
        Some((place, Arc::clone(&self.turn).lock_owned().await))
    }
}
