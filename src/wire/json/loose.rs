//! A JSON value of any type: a property of the wrong type must not cost the others.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::Time;
use crate::wire::times::{logged_time, moment_of_number, plausible};

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

    /// Returns the whole number of a value that has no fraction and fits `T`.
    pub fn whole<T: TryFrom<u64>>(&self) -> Option<T> {
        match self {
            Loose::Whole(n) => T::try_from(*n).ok(),
            Loose::Number(n) if *n >= 0.0 && *n < 1e15 && libm::trunc(*n) == *n => {
                T::try_from(*n as u64).ok()
            }
            _ => None,
        }
    }

    /// Returns the text of a text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Loose::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a flag, which some programs write as 1 or 0.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Loose::Truth(flag) => Some(*flag),
            Loose::Whole(number @ (0 | 1)) => Some(*number == 1),
            _ => None,
        }
    }

    /// Returns the number of a value, also where it is written as a text: some bridges know texts alone.
    pub fn figure(&self) -> Option<f64> {
        let Loose::Text(text) = self else { return self.number() };
        let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
        text.parse().ok().filter(|_| is_plain)
    }

    /// Returns the whole number of a value that has no fraction and fits `T`, also where it is written as a text.
    pub fn whole_figure<T: TryFrom<u64>>(&self) -> Option<T> {
        match self {
            Loose::Text(_) => Loose::Number(self.figure()?).whole(),
            value => value.whole(),
        }
    }

    /// Returns the time of a date and time of day, or of seconds or milliseconds since 1970.
    pub fn moment(&self) -> Option<Time> {
        if let Some(text) = self.text() {
            return Time::parse(text).and_then(plausible).or_else(|| logged_time(text.as_bytes()));
        }
        moment_of_number(self.number()?)
    }

    /// Returns the number of the value, also of a text; counts it as illegal where it is something else.
    pub fn number_or_illegal(&self, illegal: &mut u32) -> Option<f64> {
        self.read(illegal, Loose::figure)
    }

    /// Returns the whole number of the value, also of a text; counts it as illegal where it is something else.
    pub fn whole_or_illegal<T: TryFrom<u64>>(&self, illegal: &mut u32) -> Option<T> {
        self.read(illegal, Loose::whole_figure)
    }

    /// Returns the text of the value; counts it as illegal where it is something else.
    pub fn text_or_illegal(&self, illegal: &mut u32) -> Option<&str> {
        if *self == Loose::Absent {
            return None;
        }
        *illegal += u32::from(self.text().is_none());
        self.text()
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

/// Items of a list of values of any type; another value than a list is its only item.
pub(super) struct Items<'a>(pub Vec<Loose<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyItems)
    }
}

struct AnyItems;

impl<'de> Visitor<'de> for AnyItems {
    type Value = Items<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Items(Vec::new()))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Items(vec![Loose::Truth(truth)]))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Items(vec![Loose::Whole(n)]))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Items(vec![Loose::Number(n as f64)]))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Self::Value, E> {
        Ok(Items(vec![Loose::Number(n)]))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Items(vec![Loose::Text(Cow::Borrowed(text))]))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Items(vec![Loose::Text(Cow::Owned(text.to_owned()))]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Items(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Items(vec![Loose::Other]))
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
