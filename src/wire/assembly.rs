//! Fragments to messages, in bounded memory, never joining what two ships said.

use serde::{Deserialize, Serialize};

use super::Reason;
use super::ais::ARMOUR_MAX;
use super::frame::Vdm;
use super::stations::Name;
use crate::model::{Span, Time};

/// Messages open at once: ten receivers' worth in one session; the one longest untouched makes room.
pub(super) const OPEN_MAX: usize = 64;
/// A message's fragments come within this, in report time: FIELD-DECODERS.md 1.3. Transmitters use an
/// identifier again after about ten seconds.
pub const FRAGMENT_AGE_MAX: Span = Span::from_secs(2);

/// What fragments of one message have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    /// A hash of the station's name, 0 where none is named: then the session stands for it.
    source: u64,
    group: Option<u32>,
    talker: [u8; 2],
    own_ship: bool,
    total: u8,
    sequence: u8,
    channel: u8,
}

impl Key {
    /// The same message as a later sentence's, where `bare` whatever source that one has: see [`Open::takes`].
    fn takes(&self, later: &Key, bare: bool) -> bool {
        let (source, group) = if bare { (later.source, later.group) } else { (self.source, self.group) };
        Key { source, group, ..*self } == *later
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    key: Key,
    /// Of the first fragment.
    time: Time,
    own: bool,
    arrival: Time,
    station: Name,
    named: bool,
    /// The line that last added to it.
    line: u64,
    next: u8,
    /// Where the last fragment taken begins, to know a repetition.
    last: usize,
    len: usize,
    #[serde(with = "armour")]
    armour: [u8; ARMOUR_MAX],
}

/// How armour is saved: as bytes without the zeros after them.
mod armour {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::ARMOUR_MAX;

    pub fn serialize<S: Serializer>(armour: &[u8; ARMOUR_MAX], serializer: S) -> Result<S::Ok, S::Error> {
        let len = armour.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        armour[..len].serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; ARMOUR_MAX], D::Error> {
        let mut armour = [0; ARMOUR_MAX];
        let bytes = <&[u8]>::deserialize(deserializer)?;
        armour.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Ok(armour)
    }
}

/// The whole of a message.
pub(super) struct Whole {
    /// The first fragment's time.
    pub time: Time,
    /// The first fragment's station.
    pub station: Name,
    len: usize,
    armour: [u8; ARMOUR_MAX],
}

impl Whole {
    /// The armour of all fragments in a row.
    pub fn armour(&self) -> &[u8] {
        &self.armour[..self.len]
    }
}

/// Messages whose fragments are on their way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Assembly {
    open: Vec<Open>,
}

/// Where a fragment stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    /// The group of its TAG block.
    pub group: Option<u32>,
    /// The station that heard it, empty where none is named.
    pub station: &'a [u8],
    /// Whether the line itself named it, or the TAG block alone before it.
    pub named: bool,
    /// Its report time.
    pub time: Time,
    /// Whether the line itself told that.
    pub own: bool,
    /// Its arrival.
    pub arrival: Time,
    /// Its line's number in the session.
    pub line: u64,
}

impl Assembly {
    /// Takes a fragment of a message with several. Gives the whole with its last one.
    ///
    /// # Errors
    /// [`Reason::OrphanFragment`], [`Reason::TooLong`]. `lost` is told of other messages given up.
    pub fn take(
        &mut self,
        vdm: &Vdm<'_>,
        at: Standing<'_>,
        lost: &mut dyn FnMut(Reason),
    ) -> Result<Option<Whole>, Reason> {
        let key = Key {
            source: source(at.station),
            group: at.group,
            talker: vdm.talker,
            own_ship: vdm.own_ship,
            total: vdm.total,
            sequence: vdm.sequence,
            channel: vdm.channel,
        };
        if vdm.number == 1 {
            return self.begin(key, vdm.payload, at, lost).map(|()| None);
        }
        let found = self.open.iter().position(|open| open.takes(&key, &at));
        let found = found.ok_or(Reason::OrphanFragment)?;
        let open = &mut self.open[found];
        if open.expired(&at) {
            lost(Reason::ExpiredFragment);
            self.open.swap_remove(found);
            return Err(Reason::OrphanFragment);
        }
        // A repetition by another receiver of the session.
        if vdm.number + 1 == open.next && open.armour[open.last..open.len] == *vdm.payload {
            return Ok(None);
        }
        let end = open.len + vdm.payload.len();
        let to = open.armour.get_mut(open.len..end).filter(|_| vdm.number == open.next);
        let Some(to) = to else {
            self.open.swap_remove(found);
            return Err(if end > ARMOUR_MAX { Reason::TooLong } else { Reason::OrphanFragment });
        };
        to.copy_from_slice(vdm.payload);
        (open.last, open.len, open.line) = (open.len, end, at.line);
        open.next += 1;
        if vdm.number < vdm.total {
            return Ok(None);
        }
        let done = self.open.swap_remove(found);
        Ok(Some(Whole { time: done.time, station: done.station, len: done.len, armour: done.armour }))
    }

    /// A first fragment: in the place of one with its key, in a free one, or in that of the oldest.
    fn begin(
        &mut self,
        key: Key,
        payload: &[u8],
        at: Standing<'_>,
        lost: &mut dyn FnMut(Reason),
    ) -> Result<(), Reason> {
        let mut armour = [0; ARMOUR_MAX];
        armour.get_mut(..payload.len()).ok_or(Reason::TooLong)?.copy_from_slice(payload);
        let open = Open {
            key,
            time: at.time,
            own: at.own,
            arrival: at.arrival,
            station: Name::new(at.station),
            named: at.named,
            line: at.line,
            next: 2,
            last: 0,
            len: payload.len(),
            armour,
        };
        if let Some(before) = self.open.iter_mut().find(|open| open.key == key) {
            let repeated = before.next == 2 && before.armour[..before.len] == *payload;
            if !repeated {
                lost(Reason::ExpiredFragment);
            }
            *before = open;
        } else if self.open.len() < OPEN_MAX {
            self.open.push(open);
        } else if let Some(oldest) = self.open.iter_mut().min_by_key(|open| open.line) {
            lost(if oldest.expired(&at) { Reason::ExpiredFragment } else { Reason::EvictedFragment });
            *oldest = open;
        }
        Ok(())
    }

    /// Messages open now.
    pub fn len(&self) -> usize {
        self.open.len()
    }
}

impl Open {
    /// Whether a later sentence goes on with this message. A group's later sentences may leave their source out:
    /// the group names it (NMEA 0183 4.10, 7.8). Some loggers put the TAG block, others the station, on one
    /// sentence of a message alone: then the very next line goes on with it.
    fn takes(&self, key: &Key, at: &Standing<'_>) -> bool {
        let grouped = key.group.is_some() && key.group == self.key.group && !at.named;
        let adjacent = self.line + 1 == at.line
            && !(self.named && at.named)
            && (key.group.is_none() || self.key.group.is_none());
        self.key.takes(key, grouped || adjacent)
    }

    /// By the lines' own times where both tell one, else by their arrivals.
    fn expired(&self, now: &Standing<'_>) -> bool {
        let age = if self.own && now.own { now.time - self.time } else { now.arrival - self.arrival };
        age > FRAGMENT_AGE_MAX || age < Span(-FRAGMENT_AGE_MAX.0)
    }
}

/// FNV-1a, 0 for no name.
fn source(station: &[u8]) -> u64 {
    if station.is_empty() {
        return 0;
    }
    station.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
