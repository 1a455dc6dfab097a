//! Problems of a configuration: file, line, column, and one sentence with the mend.

use std::cell::{Cell, RefCell};
use std::fmt;

/// Errors that are told, and warnings; more are counted. Finding the line of each of 100,000 takes a minute, and their words fill a log.
const MOST: usize = 200;
/// Characters of a problem's sentence at most: a file may quote megabytes, and problems go into a log.
const LONGEST: usize = 500;

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
pub(super) struct Problems {
    told: RefCell<Vec<Problem>>,
    errors: Cell<usize>,
    warnings: Cell<usize>,
}

impl Problems {
    /// An error at a byte offset.
    pub fn error(&self, doc: &Doc, at: usize, text: impl Into<String>) {
        self.push(&doc.name, || doc.place(at), Gravity::Error, text.into());
    }

    /// A warning at a byte offset.
    pub fn warning(&self, doc: &Doc, at: usize, text: impl Into<String>) {
        self.push(&doc.name, || doc.place(at), Gravity::Warning, text.into());
    }

    /// A warning at a byte offset that is found only where the warning is told.
    pub fn warning_where(&self, doc: &Doc, at: impl Fn() -> usize, text: impl Into<String>) {
        self.push(&doc.name, || doc.place(at()), Gravity::Warning, text.into());
    }

    /// An error where line and column are known, or there is no text at all.
    pub fn error_at_line(&self, file: &str, line: usize, column: usize, text: impl Into<String>) {
        self.push(file, || (line, column), Gravity::Error, text.into());
    }

    fn push(&self, file: &str, place: impl Fn() -> (usize, usize), severity: Gravity, text: String) {
        let count = match severity {
            Gravity::Error => &self.errors,
            Gravity::Warning => &self.warnings,
        };
        count.set(count.get() + 1);
        if count.get() > MOST {
            return;
        }
        let (line, column) = place();
        // A file may quote anything: a problem stays one line.
        let mut text = text.replace(['\n', '\r'], " ");
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push('…');
        }
        self.told.borrow_mut().push(Problem { file: file.to_owned(), line, column, severity, text });
    }

    /// Whether an error was told.
    pub fn any_error(&self) -> bool {
        self.errors.get() > 0
    }

    /// All of them by file, line and column; the last says how many more there are.
    pub fn sorted(self) -> Vec<Problem> {
        let mut all = self.told.into_inner();
        all.sort();
        all.dedup();
        for (severity, count) in
            [(Gravity::Error, self.errors.get()), (Gravity::Warning, self.warnings.get())]
        {
            if let Some(more) = count.checked_sub(MOST).filter(|more| *more > 0)
                && let Some(last) = all.iter().rfind(|problem| problem.severity == severity)
            {
                let what = if severity == Gravity::Error { "errors" } else { "warnings" };
                all.push(Problem { text: format!("and {more} more {what}"), ..last.clone() });
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_that_quotes_megabytes_is_cut() {
        let (doc, problems) = (Doc { name: "lists".to_owned(), text: String::new() }, Problems::default());
        problems.error(&doc, 0, "é".repeat(1 << 20));
        let told = problems.sorted().remove(0).text;
        assert_eq!((told.chars().count(), told.ends_with("é…")), (LONGEST + 1, true));
    }

    #[test]
    fn of_many_errors_some_are_told_and_the_rest_is_counted_and_an_error_after_many_warnings_is_one() {
        let doc = Doc { name: "lists".to_owned(), text: "a\n".repeat(9_000) };
        let problems = Problems::default();
        (0..4_000).for_each(|n| problems.warning(&doc, 2 * n, "odd"));
        assert!(!problems.any_error());
        (4_000..9_000).for_each(|n| problems.error(&doc, 2 * n, "wrong"));
        assert!(problems.any_error());
        let told = problems.sorted();
        assert_eq!(told.len(), 2 * MOST + 2);
        let of = |severity| told.iter().rfind(|problem| problem.severity == severity).map(Problem::to_string);
        assert_eq!(of(Gravity::Error).as_deref(), Some("lists:4200:1: error: and 4800 more errors"));
        assert_eq!(of(Gravity::Warning).as_deref(), Some("lists:200:1: warning: and 3800 more warnings"));
    }
}
