//! Joins fragments to messages, in bounded memory, and never fragments of two ships.

use serde::{Deserialize, Serialize};

use super::frame::Vdm;
use crate::model::{Span, Time};
use crate::wire::ais::ARMOUR_MAX;
use crate::wire::reason::Reason;
use crate::wire::stations::Name;

/// Limit of open messages: those of about ten receivers on one topic. The one untouched for longest makes room.
const OPEN_MAX: usize = 64;
/// Limit of fragments that wait for those before them.
const EARLY_MAX: usize = 32;
/// Limit of the age of a message's first fragment, in report time, when a later one comes. Transmitters use an
/// identifier again after about ten seconds.
pub const FRAGMENT_AGE_MAX: Span = Span::from_secs(2);

/// Fields that all fragments of one message share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    /// Hash of the station's name, 0 where none is named: the topic then stands for it.
    source: u64,
    group: Option<u32>,
    talker: [u8; 2],
    own_ship: bool,
    total: u8,
    sequence: u8,
    channel: u8,
}

impl Key {
    fn of(vdm: &Vdm<'_>, at: &Fragment<'_>) -> Key {
        Key {
            source: source(at.station),
            group: at.group,
            talker: vdm.talker,
            own_ship: vdm.own_ship,
            total: vdm.total,
            sequence: vdm.sequence,
            channel: vdm.channel,
        }
    }

    /// Returns whether a later sentence has the same key; `bare` leaves its source and group out of the comparison.
    fn matches(&self, later: &Key, bare: bool) -> bool {
        let (source, group) = if bare { (later.source, later.group) } else { (self.source, self.group) };
        Key { source, group, ..*self } == *later
    }
}

/// A message of which the first fragment has come and the last has not.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    key: Key,
    /// Report time of the first fragment.
    time: Time,
    /// True where the first fragment's line told its time itself.
    own_time: bool,
    arrival: Time,
    station: Name,
    named: bool,
    /// Number of the line that last added to it.
    line: u64,
    /// Number of the fragment that is awaited.
    next: u8,
    /// Start of the last fragment in the armour, to recognise a repetition.
    last: usize,
    len: usize,
    #[serde(with = "armour")]
    armour: [u8; ARMOUR_MAX],
}

/// Saves armour as bytes without the zeros after them.
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

/// A message whose fragments have all come.
pub(in crate::wire) struct Whole {
    /// Report time of the first fragment.
    pub time: Time,
    /// Station of the first fragment.
    pub station: Name,
    /// Number of bits at the end of the armour that are padding.
    pub fill_bits: u8,
    /// True for a message of own ship.
    pub own_ship: bool,
    len: usize,
    armour: [u8; ARMOUR_MAX],
}

impl Whole {
    /// Returns the armour of all fragments in their order.
    pub fn armour(&self) -> &[u8] {
        &self.armour[..self.len]
    }
}

/// Messages whose fragments have not all come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::wire) struct Assembly {
    open: Vec<Open>,
    /// Fragments that came before their turn: of groups any, else the second of a message of two, which waits for the next AIS
    /// sentence.
    early: Vec<Early>,
}

/// Open messages as version 1 of the saved state has them.
#[derive(Debug, Deserialize)]
pub(in crate::wire) struct AssemblyBefore {
    open: Vec<Open>,
}

impl From<AssemblyBefore> for Assembly {
    fn from(before: AssemblyBefore) -> Assembly {
        Assembly { open: before.open, early: Vec::new() }
    }
}

/// A fragment that came before its turn. The group of its TAG block says to which message it belongs; without one the order of
/// the sentences does, see [`Assembly::swapped`].
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Early {
    key: Key,
    named: bool,
    number: u8,
    fill_bits: u8,
    time: Time,
    own_time: bool,
    arrival: Time,
    payload: Box<[u8]>,
}

impl Early {
    /// Returns whether the fragment is too old, by the rule of [`Open::expired`].
    fn expired(&self, now: &Fragment<'_>) -> bool {
        let age =
            if self.own_time && now.own_time { now.time - self.time } else { now.arrival - self.arrival };
        age > FRAGMENT_AGE_MAX || age < Span(-FRAGMENT_AGE_MAX.0)
    }

    /// Returns whether the fragment is the next one of a message. Only one of the two may name its station where they differ.
    fn continues(&self, open: &Open) -> bool {
        let one_names = !(self.named && open.named);
        self.number == open.next
            && open.key.group.is_some()
            && open.key.matches(&self.key, one_names)
            && open.key.group == self.key.group
    }
}

/// Circumstances of a fragment: its source, time and place in the stream.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Fragment<'a> {
    /// Group of its TAG block.
    pub group: Option<u32>,
    /// Name of the station that received it, empty where none is named.
    pub station: &'a [u8],
    /// True where the line itself named the station, or the TAG block alone before it.
    pub named: bool,
    /// Report time.
    pub time: Time,
    /// True where the line itself told that time.
    pub own_time: bool,
    /// Arrival time.
    pub arrival: Time,
    /// Number of its line in the topic.
    pub line: u64,
}

impl Assembly {
    /// Returns whether fragments wait for those before them.
    #[inline]
    pub fn has_early(&self) -> bool {
        !self.early.is_empty()
    }

    /// Returns the message of two fragments that came the wrong way round, no group around them: its first fragment followed at
    /// once on its second one, and the AIS sentence after both, this one, is no second fragment of the same message. (Where it
    /// is, the fragment that came early was of a message before that lost its first one.)
    #[cold]
    pub fn swapped(
        &mut self,
        vdm: &Vdm<'_>,
        at: &Fragment<'_>,
        lost: &mut dyn FnMut(Reason),
    ) -> Option<Whole> {
        let place = self.early.iter().position(|early| early.key.group.is_none())?;
        let key = Key::of(vdm, at);
        let (early, first) = (&self.early[place], self.first_of(place));
        let is_of_it = key == early.key && !early.expired(at);
        if first.is_none() && is_of_it && vdm.number == 1 {
            return None;
        }
        let early = self.early.swap_remove(place);
        let whole =
            first.filter(|_| !is_of_it || vdm.number != 2).and_then(|first| self.joined(first, &early));
        if whole.is_none() {
            lost(Reason::OrphanFragment);
        }
        whole
    }

    /// Returns the message of two swapped fragments after which no AIS sentence came: the recording has ended.
    pub fn swapped_at_end(&mut self) -> Option<Whole> {
        let place = self.early.iter().position(|early| early.key.group.is_none())?;
        let first = self.first_of(place)?;
        let early = self.early.swap_remove(place);
        self.joined(first, &early)
    }

    /// Returns the place of the first fragment that followed on one that came early.
    fn first_of(&self, early: usize) -> Option<usize> {
        let key = self.early[early].key;
        self.open.iter().position(|open| open.key == key && open.next == 2)
    }

    /// Joins an open message with its last fragment. `None` where that is too long.
    fn joined(&mut self, place: usize, last: &Early) -> Option<Whole> {
        let open = &mut self.open[place];
        let end = open.len + last.payload.len();
        open.armour.get_mut(open.len..end)?.copy_from_slice(&last.payload);
        open.len = end;
        Some(self.whole(place, last.fill_bits))
    }

    /// Adds a fragment of a message with several; returns the message with its last one. Calls `lost` for every other
    /// message that is given up.
    ///
    /// # Errors
    /// [`Reason::OrphanFragment`], [`Reason::TooLong`].
    pub fn add(
        &mut self,
        vdm: &Vdm<'_>,
        at: Fragment<'_>,
        lost: &mut dyn FnMut(Reason),
    ) -> Result<Option<Whole>, Reason> {
        let key = Key::of(vdm, &at);
        if !self.early.is_empty() {
            self.early.retain(|early| {
                let expired = early.expired(&at);
                if expired {
                    lost(Reason::OrphanFragment);
                }
                !expired
            });
        }
        if vdm.number == 1 {
            self.begin(key, vdm.payload, at, lost)?;
            return if key.group.is_some() { self.append_early(&key) } else { Ok(None) };
        }
        let found = self.open.iter().position(|open| open.takes(&key, &at));
        let Some(found) = found else { return self.keep_early(key, vdm, &at).map(|()| None) };
        let open = &mut self.open[found];
        if open.expired(&at) {
            lost(Reason::ExpiredFragment);
            self.open.swap_remove(found);
            return Err(Reason::OrphanFragment);
        }
        // A repetition by another receiver of the topic.
        if vdm.number + 1 == open.next && open.armour[open.last..open.len] == *vdm.payload {
            return Ok(None);
        }
        if vdm.number > open.next && key.group.is_some() {
            return self.keep_early(key, vdm, &at).map(|()| None);
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
            let key = open.key;
            return if key.group.is_some() { self.append_early(&key) } else { Ok(None) };
        }
        Ok(Some(self.whole(found, vdm.fill_bits)))
    }

    /// Takes a message of which all fragments have come.
    fn whole(&mut self, place: usize, fill_bits: u8) -> Whole {
        let done = self.open.swap_remove(place);
        Whole {
            time: done.time,
            station: done.station,
            fill_bits,
            own_ship: done.key.own_ship,
            len: done.len,
            armour: done.armour,
        }
    }

    /// Keeps a fragment that came before its turn.
    ///
    /// # Errors
    /// [`Reason::OrphanFragment`] where neither a group nor a sequence number says to which message it belongs, where only a group
    /// can (of more than two fragments), or where there is no room.
    #[cold]
    fn keep_early(&mut self, key: Key, vdm: &Vdm<'_>, at: &Fragment<'_>) -> Result<(), Reason> {
        let has_own = key.group.is_some() || (key.total == 2 && key.sequence != 0);
        if !has_own || self.early.len() >= EARLY_MAX || vdm.payload.len() > ARMOUR_MAX {
            return Err(Reason::OrphanFragment);
        }
        let again =
            |early: &Early| early.key == key && early.number == vdm.number && *early.payload == *vdm.payload;
        if !self.early.iter().any(again) {
            self.early.push(Early {
                key,
                named: at.named,
                number: vdm.number,
                fill_bits: vdm.fill_bits,
                time: at.time,
                own_time: at.own_time,
                arrival: at.arrival,
                payload: vdm.payload.into(),
            });
        }
        Ok(())
    }

    /// Appends the fragments that came before their turn to the message of a key. Returns it where the last one is among them.
    fn append_early(&mut self, key: &Key) -> Result<Option<Whole>, Reason> {
        while !self.early.is_empty() {
            let Some(place) = self.open.iter().position(|open| open.key == *key) else { break };
            let open = &mut self.open[place];
            let Some(found) = self.early.iter().position(|early| early.continues(open)) else { break };
            let early = self.early.swap_remove(found);
            let end = open.len + early.payload.len();
            let Some(to) = open.armour.get_mut(open.len..end) else {
                self.open.swap_remove(place);
                return Err(Reason::TooLong);
            };
            to.copy_from_slice(&early.payload);
            (open.last, open.len) = (open.len, end);
            open.next += 1;
            if early.number == key.total {
                return Ok(Some(self.whole(place, early.fill_bits)));
            }
        }
        Ok(None)
    }

    /// Opens a message with its first fragment: in the place of one with the same key, in a free one, or in that of the one
    /// untouched for longest.
    fn begin(
        &mut self,
        key: Key,
        payload: &[u8],
        at: Fragment<'_>,
        lost: &mut dyn FnMut(Reason),
    ) -> Result<(), Reason> {
        let mut armour = [0; ARMOUR_MAX];
        armour.get_mut(..payload.len()).ok_or(Reason::TooLong)?.copy_from_slice(payload);
        let open = Open {
            key,
            time: at.time,
            own_time: at.own_time,
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

    /// Returns the number of fragments that wait for those before them.
    pub fn early_len(&self) -> usize {
        self.early.len()
    }

    /// Returns the number of open messages.
    pub fn len(&self) -> usize {
        self.open.len()
    }
}

impl Open {
    /// Returns whether a later sentence continues this message. Later sentences of a group may leave out their source:
    /// the group names it (NMEA 0183 4.10, 7.8). Some loggers put the TAG block, others the station, on only one sentence
    /// of a message: the very next line then continues it.
    fn takes(&self, key: &Key, at: &Fragment<'_>) -> bool {
        let grouped = key.group.is_some() && key.group == self.key.group && !at.named;
        let adjacent = self.line + 1 == at.line
            && !(self.named && at.named)
            && (key.group.is_none() || self.key.group.is_none());
        self.key.matches(key, grouped || adjacent)
    }

    /// Returns whether the message is too old for a fragment: by the lines' own times where both have one, else by their
    /// arrivals.
    fn expired(&self, now: &Fragment<'_>) -> bool {
        let age =
            if self.own_time && now.own_time { now.time - self.time } else { now.arrival - self.arrival };
        age > FRAGMENT_AGE_MAX || age < Span(-FRAGMENT_AGE_MAX.0)
    }
}

/// Returns the FNV-1a hash of a name, 0 for an empty one.
fn source(station: &[u8]) -> u64 {
    if station.is_empty() {
        return 0;
    }
    station.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
