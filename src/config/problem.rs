//! Problems of a configuration: file, line, column, and one sentence with the mend.

use std::cell::RefCell;
use std::fmt;

/// Severity of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Nothing starts with it.
    Error,
    /// Allowed, but hardly meant.
    Warning,
}

/// One thing wrong, in one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as its user would open it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Error or warning.
    pub severity: Gravity,
    /// The fault and its mend.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Gravity::Error => "error",
            Gravity::Warning => "warning",
        };
        write!(f, "{}:{}:{}: {severity}: {}", self.file, self.line, self.column, self.text)
    }
}

/// Problems as lines, one each, without a line end after the last.
pub fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// A file's text under the name that problems show.
#[derive(Debug)]
pub(super) struct Doc {
    pub name: String,
    pub text: String,
}

impl Doc {
    /// Line and column of a byte offset.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

/// Collects problems from everywhere, so that all are told in one go.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// An error at a byte offset.
    pub fn error(&self, doc: &Doc, at: usize, text: impl Into<String>) {
        let (line, column) = doc.place(at);
        self.push(&doc.name, line, column, Gravity::Error, text.into());
    }

    /// A warning at a byte offset.
    pub fn warning(&self, doc: &Doc, at: usize, text: impl Into<String>) {
        let (line, column) = doc.place(at);
        self.push(&doc.name, line, column, Gravity::Warning, text.into());
    }

    /// An error where line and column are known, or there is no text at all.
    pub fn error_at_line(&self, file: &str, line: usize, column: usize, text: impl Into<String>) {
        self.push(file, line, column, Gravity::Error, text.into());
    }

    fn push(&self, file: &str, line: usize, column: usize, severity: Gravity, text: String) {
        // A file may quote anything: a problem stays one line.
        let text = text.replace(['\n', '\r'], " ");
        self.0.borrow_mut().push(Problem { file: file.to_owned(), line, column, severity, text });
    }

    /// Whether an error was told.
    pub fn any_error(&self) -> bool {
        self.0.borrow().iter().any(|problem| problem.severity == Gravity::Error)
    }

    /// All of them by file, line and column.
    pub fn sorted(self) -> Vec<Problem> {
        let mut all = self.0.into_inner();
        all.sort();
        all.dedup();
        all
    }
}
