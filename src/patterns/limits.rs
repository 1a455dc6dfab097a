//! Limits that several patterns declare, each with a default and an explanation of its own. `ring.rs` compares those of
//! `loitering` and `drifting`; every other pattern compares its own.

use crate::model::{LimitKey, Span};

/// Silence after which a case is over.
pub const MAX_SILENCE: LimitKey<Span> = LimitKey::duration("max_silence", "15 min")
    .doc("A track that is neither seen nor heard for this long is lost.");

/// Time that the behaviour has to last.
pub const MIN_DURATION: LimitKey<Span> =
    LimitKey::duration("min_duration", "1 h").at_least().doc("How long it must last.");

/// Share of a track's samples that have to show the behaviour.
pub const SHARE: LimitKey<f64> = LimitKey::share("share", "0.8").at_least();

/// Number of vessels or echoes that make a crowd, in which nothing is judged.
pub const MAX_COMPANY: LimitKey<usize> =
    LimitKey::count("max_company", "6").under().from(2.0, "it counts the vessel itself");

/// Likeness of a name to one on a list (Jaro-Winkler, 0 to 1).
pub const LIKENESS: LimitKey<f64> = LimitKey::share("likeness", "0.94").at_least();
