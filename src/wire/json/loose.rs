//! A JSON value of any type: a property of the wrong type must not cost the others.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Value of a property.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::wire) enum Loose<'a> {
    /// No such property, or `null`.
    #[default]
    Absent,
    /// `true` or `false`.
    Truth(bool),
    /// A number without sign and fraction.
    Whole(u64),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// The first numbers of an array of numbers, and how many there are.
    Numbers([f64; 3], usize),
    /// Anything else.
    Other,
}

impl Loose<'_> {
    /// Returns the number of a value of either kind of number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Loose::Whole(n) => Some(*n as f64),
            Loose::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// Reads the value with `read`; `None` where it is absent. Where `read` returns `None` it counts as illegal.
    pub fn read<T>(&self, illegal: &mut u32, read: impl FnOnce(&Self) -> Option<T>) -> Option<T> {
        if *self == Loose::Absent {
            return None;
        }
        let value = read(self);
        *illegal += u32::from(value.is_none());
        value
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Absent)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Loose::Truth(truth))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Loose::Whole(n))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Loose::Number(n as f64))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Self::Value, E> {
        Ok(Loose::Number(n))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let (mut numbers, mut count, mut other) = ([0.0; 3], 0, false);
        while let Some(item) = items.next_element::<Loose<'de>>()? {
            match (item.number(), numbers.get_mut(count)) {
                (Some(n), Some(place)) => *place = n,
                (Some(_), None) => {}
                (None, _) => other = true,
            }
            count += 1;
        }
        Ok(if other { Loose::Other } else { Loose::Numbers(numbers, count) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }
}
