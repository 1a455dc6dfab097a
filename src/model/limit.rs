//! Limits of patterns: the one declaration of each, and the values that a rule gives them.
//!
//! A pattern declares each of its limits once, as a constant [`LimitKey`] whose type is the type of the value. The
//! configuration reader, the reference page, the JSON Schemas and the figures in alerts follow from the declaration.

use std::marker::PhantomData;

use super::quantity::Quantity;
use super::units::{Angle, Height, Length, Speed, Unit};
use super::{Measure, Span};

/// The form of a limit's value: how a file writes it, and in which unit alerts give it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LimitKind {
    /// A speed, `"2 kn"`, in knots.
    Speed,
    /// A length, `"500 m"` or `"1 nm"`, in metres.
    Metres,
    /// A length, `"1 nm"` or `"500 m"`, in nautical miles.
    NauticalMiles,
    /// A duration, `"30 min"`, in seconds.
    Duration,
    /// A height, `"1500 ft"`, in feet.
    Feet,
    /// A plain number from 0 to 1.
    Share,
    /// An angle, `"40°"` or `"40 deg"`, in degrees.
    Angle,
    /// A direction, `"285°"`, in degrees true.
    Bearing,
    /// A whole number.
    Count,
    /// A plain number over 0.
    Factor,
    /// One of these words.
    OneOf(&'static [Choice]),
    /// A list of Mode 3/A codes of four octal digits each.
    Codes,
    /// A list of some of these words.
    SomeOf(&'static [Choice]),
}

impl LimitKind {
    /// Returns the unit of the value in alerts.
    pub const fn unit(self) -> Unit {
        match self {
            LimitKind::Speed => Unit::Knots,
            LimitKind::Metres => Unit::Metres,
            LimitKind::NauticalMiles => Unit::NauticalMiles,
            LimitKind::Duration => Unit::Seconds,
            LimitKind::Feet => Unit::Feet,
            LimitKind::Angle | LimitKind::Bearing => Unit::Degrees,
            _ => Unit::Plain,
        }
    }

    /// Returns the grammar of the value, if it is written with a unit.
    pub const fn quantity(self) -> Option<&'static Quantity> {
        match self {
            LimitKind::Speed => Some(&Quantity::SPEED),
            LimitKind::Metres => Some(&Quantity::METRES),
            LimitKind::NauticalMiles => Some(&Quantity::NAUTICAL_MILES),
            LimitKind::Duration => Some(&Quantity::DURATION),
            LimitKind::Feet => Some(&Quantity::HEIGHT),
            LimitKind::Angle => Some(&Quantity::ANGLE),
            LimitKind::Bearing => Some(&Quantity::BEARING),
            _ => None,
        }
    }
}

/// The side on which what is measured has to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The measured figure reaches the limit, or more.
    AtLeast,
    /// The measured figure reaches the limit, or less.
    AtMost,
    /// The measured figure is under the limit.
    Under,
    /// Nothing is compared with the value directly: the pattern computes with it, or it selects what is judged.
    Setting,
}

impl Bound {
    /// Returns the sign of the comparison; empty for a setting.
    pub const fn sign(self) -> &'static str {
        match self {
            Bound::AtLeast => "≥",
            Bound::AtMost => "≤",
            Bound::Under => "<",
            Bound::Setting => "",
        }
    }
}

/// A limit of the same pattern that this one has to lie under or over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Whether the value has to be under the other; otherwise over it.
    pub is_under: bool,
    /// Name of the other limit.
    pub other: &'static str,
    /// The reason, for the error.
    pub why: &'static str,
}

/// An end of a limit's range that is narrower than that of its kind, and the reason.
pub type End = Option<(f64, &'static str)>;

/// The declaration of a limit, without the type of its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Key in the file, without a unit.
    pub name: &'static str,
    /// Form of the value.
    pub kind: LimitKind,
    /// Default value as a file would write it, without quotes; lists have their words separated by ", ".
    pub default: &'static str,
    /// Whether a file may write "none" for no limit.
    pub is_optional: bool,
    /// Whether the value may be 0. Elsewhere 0 would make a rule fire on everything or on nothing.
    pub may_be_zero: bool,
    /// Side on which the measured figure has to lie.
    pub bound: Bound,
    /// Smallest value, in the unit of the kind.
    pub least: End,
    /// Value that the limit has to stay under, in the unit of the kind.
    pub under: End,
    /// Limit of the same pattern that this one is ordered against.
    pub order: Option<Order>,
    /// Explanation for the reference page.
    pub doc: &'static str,
}

impl Limit {
    /// Returns the name with its unit, as alerts have it: `max_speed_kn`.
    pub fn name_with_unit(&self) -> String {
        format!("{}{}", self.name, self.kind.unit().suffix())
    }
}

/// A limit's value as a number in the unit of its kind, or as words.
#[derive(Clone, Debug, PartialEq)]
pub enum LimitValue {
    /// A number.
    Number(f64),
    /// Words, each one of those declared.
    Words(Vec<Choice>),
    /// No limit.
    None,
}

/// A word that a declaration allows.
pub type Choice = &'static str;

/// The words that a rule gives for a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(pub Vec<Choice>);

impl Words {
    /// Whether a word is among them.
    pub fn has(&self, word: &str) -> bool {
        self.0.contains(&word)
    }
}

/// A type that a limit's value can have.
pub trait LimitType: Sized {
    /// The type of a figure that is measured beside the limit.
    type Figure;

    /// Reads a value; `None` where it is not of this type.
    fn of(kind: LimitKind, value: &LimitValue) -> Option<Self>;

    /// Gives a measured figure in the unit of the kind.
    fn measure(kind: LimitKind, figure: Self::Figure) -> Measure;
}

/// Implements [`LimitType`] for a type that is made from a number in one unit and gives the number back.
macro_rules! number {
    ($type:ty, $read:expr, $give:expr) => {
        impl LimitType for $type {
            type Figure = $type;

            fn of(_kind: LimitKind, value: &LimitValue) -> Option<$type> {
                match value {
                    LimitValue::Number(n) => Some($read(*n)),
                    _ => None,
                }
            }

            fn measure(_kind: LimitKind, figure: $type) -> Measure {
                Measure::Number($give(figure))
            }
        }
    };
}

number!(Speed, Speed::from_kn, Speed::kn);
number!(Angle, Angle::from_deg, Angle::deg);
number!(Height, Height::from_ft, Height::ft);
number!(Span, Span::from_secs_f64, Span::secs);
number!(f64, |n: f64| n, |n: f64| n);
number!(usize, |n: f64| n as usize, |n: usize| n as f64);

impl LimitType for Length {
    type Figure = Length;

    fn of(kind: LimitKind, value: &LimitValue) -> Option<Length> {
        match (kind, value) {
            (LimitKind::NauticalMiles, LimitValue::Number(n)) => Some(Length::from_nm(*n)),
            (_, LimitValue::Number(n)) => Some(Length::from_m(*n)),
            _ => None,
        }
    }

    fn measure(kind: LimitKind, figure: Length) -> Measure {
        Measure::Number(if kind == LimitKind::NauticalMiles { figure.nm() } else { figure.m() })
    }
}

impl LimitType for Words {
    type Figure = Vec<Choice>;

    fn of(_kind: LimitKind, value: &LimitValue) -> Option<Words> {
        match value {
            LimitValue::Words(words) => Some(Words(words.clone())),
            _ => None,
        }
    }

    fn measure(_kind: LimitKind, figure: Vec<Choice>) -> Measure {
        Measure::words(figure)
    }
}

impl<T: LimitType> LimitType for Option<T> {
    type Figure = T::Figure;

    fn of(kind: LimitKind, value: &LimitValue) -> Option<Option<T>> {
        match value {
            LimitValue::None => Some(None),
            given => T::of(kind, given).map(Some),
        }
    }

    fn measure(kind: LimitKind, figure: T::Figure) -> Measure {
        T::measure(kind, figure)
    }
}

/// The declaration of a limit whose value has the type `T`. The name of the limit stands here and nowhere else.
#[derive(Debug)]
pub struct LimitKey<T> {
    /// The declaration.
    pub limit: Limit,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for LimitKey<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for LimitKey<T> {}

impl<T> LimitKey<T> {
    const fn new(name: &'static str, kind: LimitKind, default: &'static str) -> LimitKey<T> {
        let limit = Limit {
            name,
            kind,
            default,
            is_optional: false,
            may_be_zero: false,
            bound: Bound::Setting,
            least: None,
            under: None,
            order: None,
            doc: "",
        };
        LimitKey { limit, value: PhantomData }
    }

    /// Sets the explanation for the reference page.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.limit.doc = doc;
        self
    }

    /// Sets the default value, as a file would write it.
    pub const fn with_default(mut self, default: &'static str) -> Self {
        self.limit.default = default;
        self
    }

    /// Declares that the measured figure reaches the limit, or more.
    pub const fn at_least(mut self) -> Self {
        self.limit.bound = Bound::AtLeast;
        self
    }

    /// Declares that the measured figure reaches the limit, or less.
    pub const fn at_most(mut self) -> Self {
        self.limit.bound = Bound::AtMost;
        self
    }

    /// Declares that the measured figure is under the limit.
    pub const fn under(mut self) -> Self {
        self.limit.bound = Bound::Under;
        self
    }

    /// Declares that the value may be 0.
    pub const fn may_be_zero(mut self) -> Self {
        self.limit.may_be_zero = true;
        self
    }

    /// Declares that a file may write "none" for no limit.
    pub const fn or_none(self) -> LimitKey<Option<T>> {
        let limit = Limit { is_optional: true, ..self.limit };
        LimitKey { limit, value: PhantomData }
    }

    /// Declares the smallest value, in the unit of the kind, and why.
    pub const fn from(mut self, least: f64, why: &'static str) -> Self {
        self.limit.least = Some((least, why));
        self
    }

    /// Declares a value that the limit stays under, in the unit of the kind, and why.
    pub const fn stays_under(mut self, end: f64, why: &'static str) -> Self {
        self.limit.under = Some((end, why));
        self
    }

    /// Declares that the value has to be under that of another limit of the pattern, and why.
    pub const fn less_than<U>(mut self, other: LimitKey<U>, why: &'static str) -> Self {
        self.limit.order = Some(Order { is_under: true, other: other.limit.name, why });
        self
    }

    /// Declares that the value has to be over that of another limit of the pattern, and why.
    pub const fn more_than<U>(mut self, other: LimitKey<U>, why: &'static str) -> Self {
        self.limit.order = Some(Order { is_under: false, other: other.limit.name, why });
        self
    }
}

impl<T: LimitType> LimitKey<T> {
    /// A figure measured beside this limit, under the limit's name.
    pub fn measured(&self, figure: T::Figure) -> (&'static str, Measure) {
        (self.limit.name, T::measure(self.limit.kind, figure))
    }

    /// The same for a figure that may be unknown.
    pub fn measured_if_known(&self, figure: Option<T::Figure>) -> (&'static str, Measure) {
        let unknown = (self.limit.name, Measure::None);
        figure.map_or(unknown, |figure| self.measured(figure))
    }
}

impl LimitKey<Speed> {
    /// Declares a speed.
    pub const fn speed(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Speed, default)
    }
}

impl LimitKey<Length> {
    /// Declares a length that alerts give in metres.
    pub const fn metres(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Metres, default)
    }

    /// Declares a length that alerts give in nautical miles.
    pub const fn nautical_miles(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::NauticalMiles, default)
    }
}

impl LimitKey<Span> {
    /// Declares a duration.
    pub const fn duration(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Duration, default)
    }
}

impl LimitKey<Height> {
    /// Declares a height.
    pub const fn height(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Feet, default)
    }
}

impl LimitKey<Angle> {
    /// Declares an angle between two directions.
    pub const fn angle(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Angle, default)
    }

    /// Declares a direction.
    pub const fn bearing(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Bearing, default)
    }
}

impl LimitKey<f64> {
    /// Declares a share from 0 to 1.
    pub const fn share(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Share, default)
    }

    /// Declares a plain number over 0.
    pub const fn factor(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Factor, default)
    }
}

impl LimitKey<usize> {
    /// Declares a whole number.
    pub const fn count(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Count, default)
    }
}

impl LimitKey<Words> {
    /// Declares a choice of one word.
    pub const fn one_of(name: &'static str, words: &'static [Choice], default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::OneOf(words), default)
    }

    /// Declares a choice of some words.
    pub const fn some_of(name: &'static str, words: &'static [Choice], default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::SomeOf(words), default)
    }

    /// Declares a list of Mode 3/A codes.
    pub const fn codes(name: &'static str, default: &'static str) -> Self {
        LimitKey::new(name, LimitKind::Codes, default)
    }
}

/// The value of every limit that a rule's pattern declares, defaults included, in the order of the declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits(pub Vec<(Limit, LimitValue)>);

impl Limits {
    /// Returns the value of a limit.
    ///
    /// # Panics
    /// The rule's pattern does not declare the limit: a fault of the program, which the first test that builds a rule
    /// of the pattern finds.
    pub fn get<T: LimitType>(&self, key: LimitKey<T>) -> T {
        let name = key.limit.name;
        self.find(key).unwrap_or_else(|| panic!("the pattern declares no limit {name} of this type"))
    }

    /// Returns the value of a limit, if the rule's pattern declares it.
    pub fn find<T: LimitType>(&self, key: LimitKey<T>) -> Option<T> {
        let (limit, value) = self.0.iter().find(|(limit, _)| limit.name == key.limit.name)?;
        T::of(limit.kind, value)
    }
}
