//! Finds a value in JSON text by its path, for the line and column of a problem. Only looked for when there is one.

/// One step down into a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// A key of an object.
    Key(&'a str),
    /// An item of a list, from 0.
    Item(usize),
}

/// The byte offset of the value at `path`, or of the innermost value on the way that exists. The text is JSON that
/// was parsed before.
pub(super) fn locate(text: &str, path: &[Step<'_>]) -> usize {
    let mut walk = Walk { bytes: text.as_bytes(), at: 0 };
    walk.blanks();
    for step in path {
        let start = walk.at;
        if !walk.descend(*step) {
            return start;
        }
    }
    walk.at
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn separator(&mut self) {
        self.blanks();
        if matches!(self.peek(), b',' | b':') {
            self.at += 1;
        }
        self.blanks();
    }

    /// Past a string, a number, a word, or everything inside brackets.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                b'"' => self.skip_text(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                _ if depth == 0 => {
                    while !matches!(self.peek(), 0 | b',' | b'}' | b']') && !self.peek().is_ascii_whitespace()
                    {
                        self.at += 1;
                    }
                }
                _ => self.at += 1,
            }
            if depth == 0 || self.at >= self.bytes.len() {
                return;
            }
        }
    }

    fn skip_text(&mut self) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek() {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Goes to a child; `false`, and anywhere, where there is none.
    fn descend(&mut self, step: Step<'_>) -> bool {
        let open = self.peek();
        if !matches!((open, step), (b'{', Step::Key(_)) | (b'[', Step::Item(_))) {
            return false;
        }
        self.at += 1;
        self.blanks();
        let mut place = 0;
        while self.at < self.bytes.len() && !matches!(self.peek(), b'}' | b']') {
            let before = self.at;
            let found = match step {
                Step::Item(wanted) => place == wanted,
                Step::Key(wanted) => {
                    let start = self.at + 1;
                    self.skip_text();
                    let key = self.bytes.get(start..self.at.saturating_sub(1));
                    self.separator();
                    key == Some(wanted.as_bytes())
                }
            };
            if found {
                return true;
            }
            self.skip();
            self.separator();
            place += 1;
            if self.at == before {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_values_by_path() {
        let text = r#" {"a\"": [1, {"x": "},]"}], "b" : { "c": [ [1, 2], [3 , 4] ] } , "d": true}"#;
        let at = |path: &[Step<'_>]| text[locate(text, path)..].chars().next();
        assert_eq!(at(&[Step::Key("b"), Step::Key("c"), Step::Item(1), Step::Item(1)]), Some('4'));
        assert_eq!(at(&[Step::Key("d")]), Some('t'));
        assert_eq!(at(&[Step::Key("b"), Step::Key("nothing")]), Some('{'));
        assert_eq!(at(&[Step::Key("b"), Step::Key("c"), Step::Item(7)]), Some('['));
        assert_eq!(at(&[]), Some('{'));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            locate(&text, &[Step::Key("a"), Step::Item(1)]);
            locate(&text, &[Step::Item(0), Step::Key("a")]);
        }
    }
}
