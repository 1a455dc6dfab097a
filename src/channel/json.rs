//! Writing JSON whose bytes are the same on every machine: keys in the order written, fixed decimals.

use std::fmt::Write;

/// An object being written; its closing brace is written when it is dropped.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> Object<'a> {
    /// Opens an object at the end of `out`.
    pub fn open(out: &'a mut String) -> Object<'a> {
        out.push('{');
        Object { out, empty: true }
    }

    /// Writes a key, and gives the place to write its value.
    pub fn key(&mut self, key: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        text(self.out, key);
        self.out.push(':');
        self.out
    }

    /// A nested object.
    pub fn object(&mut self, key: &str) -> Object<'_> {
        Object::open(self.key(key))
    }

    /// A string.
    pub fn text(&mut self, key: &str, value: &str) {
        text(self.key(key), value);
    }

    /// A string or `null`.
    pub fn maybe_text(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.key(key).push_str("null"),
        }
    }

    /// A whole number or `null`.
    pub fn integer(&mut self, key: &str, value: Option<impl Into<u64>>) {
        let out = self.key(key);
        match value {
            Some(value) => {
                let number: u64 = value.into();
                let _ = write!(out, "{number}");
            }
            None => out.push_str("null"),
        }
    }

    /// A rounded number or `null`.
    pub fn number(&mut self, key: &str, value: Option<f64>, decimals: usize) {
        let out = self.key(key);
        match value {
            Some(value) => number(out, value, decimals),
            None => out.push_str("null"),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.key(key).push_str(if value { "true" } else { "false" });
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        self.out.push('}');
    }
}

/// A list: `each` writes one item.
pub(crate) fn list<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        each(out, item);
    }
    out.push(']');
}

/// A string with everything escaped that JSON wants escaped.
pub(crate) fn text(out: &mut String, value: &str) {
    let _ = write!(out, "{}", serde_json::Value::from(value));
}

/// A number rounded to `decimals`, without trailing zeros: `4.10` is `4.1`, `-0.0` is `0`. What is not finite is `null`.
pub(crate) fn number(out: &mut String, value: f64, decimals: usize) {
    if !value.is_finite() {
        return out.push_str("null");
    }
    let fixed = format!("{value:.decimals$}");
    let short = if decimals > 0 { fixed.trim_end_matches('0').trim_end_matches('.') } else { &fixed };
    out.push_str(if short == "-0" { "0" } else { short });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, decimals, want) in [
            (4.10, 2, "4.1"),
            (-0.001, 2, "0"),
            (100.0, 1, "100"),
            (100.0, 0, "100"),
            (-59.71, 5, "-59.71"),
            (3601.6, 0, "3602"),
            (f64::NAN, 1, "null"),
            (0.97, 2, "0.97"),
        ] {
            let mut out = String::new();
            number(&mut out, value, decimals);
            assert_eq!(out, want, "{value}");
        }
    }
}
