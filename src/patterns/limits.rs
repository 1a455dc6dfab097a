//! Limits that several patterns declare, each with a default and an explanation of its own. `ring.rs` compares those of
//! `loitering` and `drifting`; every other pattern compares its own. Fixed figures that mean the same in several patterns
//! stand here too.

use crate::model::{Length, LimitKey, Span};

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

/// Distance within which small craft at work show a small one to be at work among them.
pub const ALIKE_WITHIN: LimitKey<Option<Length>> = LimitKey::nautical_miles("alike_within", "none").or_none().doc(
    "A vessel under 50 m is not judged where max_company craft under 50 m at no more than 4 kn, itself included and with AIS or without, are within this distance: they are at work; \"none\": it is.",
);

/// Likeness of a name to one on a list (Jaro-Winkler, 0 to 1).
pub const LIKENESS: LimitKey<f64> = LimitKey::share("likeness", "0.94").at_least();

/// Factor of a distance limit beyond which a case that began within the limit has ended (hysteresis).
pub const LEAVE_FACTOR: f64 = 1.1;

/// Speed up to which a vessel lies still at a berth, knots.
pub const STILL_KN: f64 = 0.5;

/// Radius of the circle in which a vessel at anchor swings, metres.
pub const SWINGS_M: f64 = 185.0;

/// Time below a speed limit after which a fast run or flight has ended: a single report may be wrong.
pub const SLOW_FOR: Span = Span::from_secs(60);
