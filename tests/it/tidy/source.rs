//! The source files of `src` as `tidy` reads them: without what only tests compile, without comments and literals.

use std::path::{Path, PathBuf};

/// A source file that is compiled into the program.
pub struct Source {
    /// Path below `src`.
    pub path: PathBuf,
    /// Text as written.
    pub text: String,
    /// Code alone: comments, literals and items under `#[cfg(test)]` are blanks, so that lines keep their numbers.
    pub code: String,
}

impl Source {
    /// The folder of `src` that the file is in, or the file's own name where it is in none.
    pub fn room(&self) -> String {
        let first = self.path.iter().next().expect("a path").to_string_lossy();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Depth of the file's module below the crate's root.
    pub fn depth(&self) -> usize {
        self.path.iter().count() - usize::from(self.path.ends_with("mod.rs"))
    }
}

/// Reads every file below `src`, but for modules that only tests compile.
pub fn sources(src: &Path) -> Vec<Source> {
    let (mut files, mut tests) = (Vec::new(), Vec::new());
    collect(src, &mut files);
    let mut sources = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a source file");
        let bare = without_literals(&text);
        let (code, modules) = without_tests(&bare).unwrap_or_else(|item| {
            panic!("{}: cannot tell where this item under #[cfg(test)] ends: {item}", path.display())
        });
        let folder =
            match path.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib" || stem == "main") {
                true => path.parent().expect("a folder").to_owned(),
                false => path.with_extension(""),
            };
        for module in modules {
            tests.extend([folder.join(format!("{module}.rs")), folder.join(module)]);
        }
        sources.push(Source { path, text, code });
    }
    sources.retain(|source| !tests.iter().any(|test| source.path.starts_with(test)));
    for source in &mut sources {
        source.path = source.path.strip_prefix(src).expect("below src").to_owned();
    }
    sources
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

/// Blanks out comments, strings and characters.
fn without_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8(out).expect("literals are whole")
}

/// The end of the comment, string or character that begins at `at`; `at` where none does.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let until = |found: Option<usize>, len: usize| found.map_or(bytes.len(), |place| at + place + len);
    let find = |from: usize, what: &[u8]| {
        rest[from..].windows(what.len()).position(|w| w == what).map(|place| place + from)
    };
    let is_part_of_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if rest.starts_with(b"//") {
        return until(find(2, b"\n"), 0);
    }
    if rest.starts_with(b"/*") {
        return until(find(2, b"*/"), 2);
    }
    if rest[0] == b'"' {
        return string_end(bytes, at);
    }
    let raw = rest.strip_prefix(b"br").or_else(|| rest.strip_prefix(b"r"));
    if let Some(after) = raw.filter(|_| !is_part_of_word) {
        let hashes = after.iter().take_while(|byte| **byte == b'#').count();
        if after.get(hashes) == Some(&b'"') {
            let close: Vec<u8> = [&b"\""[..], &b"#".repeat(hashes)].concat();
            let begin = rest.len() - after.len() + hashes + 1;
            return until(find(begin, &close), close.len());
        }
    }
    if rest[0] == b'\'' && rest.len() > 2 {
        // A lifetime has no closing quote: a character is one escape, or what ends two characters on.
        if rest[1] == b'\\' {
            return until(find(3, b"'"), 1);
        }
        let width = (2..6).find(|n| std::str::from_utf8(&rest[1..(*n).min(rest.len())]).is_ok());
        if let Some(width) = width.filter(|width| rest.get(*width) == Some(&b'\'')) {
            return at + width + 1;
        }
    }
    at
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    (end + 1).min(bytes.len())
}

const GATE: &str = "#[cfg(test)]";

/// Blanks out items under `#[cfg(test)]`, and names the modules among them that are files of their own.
///
/// # Errors
/// An item of which the end cannot be told; its beginning.
fn without_tests(code: &str) -> Result<(String, Vec<String>), String> {
    let (mut out, mut modules) = (code.as_bytes().to_vec(), Vec::new());
    let mut from = 0;
    while let Some(at) = code[from..].find(GATE).map(|at| at + from) {
        let end = item_end(code, at + GATE.len())?;
        let item = code[at + GATE.len()..end].trim();
        if let Some(name) = item.strip_suffix(';').and_then(|item| item.split("mod ").nth(1)) {
            modules.push(name.trim().to_owned());
        }
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        from = end;
    }
    Ok((String::from_utf8(out).expect("items are whole"), modules))
}

/// The end of the item that begins at `at`: its `;`, or the end of its block.
fn item_end(code: &str, at: usize) -> Result<usize, String> {
    const PLAIN: [&str; 4] = ["use", "const", "static", "type"];
    const WITH_BLOCK: [&str; 8] = ["mod", "fn", "impl", "struct", "enum", "trait", "async", "unsafe"];
    let head = code[at..].split(['{', ';']).next().unwrap_or_default();
    let words: Vec<&str> = head.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let has = |of: &[&str]| words.iter().any(|word| of.contains(word));
    if !has(&WITH_BLOCK) && !has(&PLAIN) {
        return Err(head.trim().to_owned());
    }
    let block_ends_it = has(&WITH_BLOCK);
    let mut open = 0_i32;
    for (place, byte) in code[at..].bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'[' => open += 1,
            b'}' | b')' | b']' => open -= 1,
            _ => {}
        }
        if open == 0 && (byte == b';' || byte == b'}' && block_ends_it) {
            return Ok(at + place + 1);
        }
    }
    Err(head.trim().to_owned())
}

/// Lines with their numbers, from 1.
pub fn lines(code: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(code.lines())
}

/// Whether a line has `word` as a whole word.
pub fn has_word(line: &str, word: &str) -> bool {
    let is_inner = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(is_inner);
        let after = line[at + word.len()..].chars().next().is_some_and(is_inner);
        let begins = word.chars().next().is_some_and(is_inner);
        let ends = word.chars().next_back().is_some_and(is_inner);
        !(begins && before || ends && after)
    })
}

/// The identifier that a text begins with; empty where it begins with none.
pub fn ident(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The rooms that a file names: after `crate::`, alone or in a group, with the numbers of their lines.
pub fn rooms_named(code: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = code[at + "crate::".len()..].trim_start();
        let Some(group) = rest.strip_prefix('{') else {
            named.push((line, ident(rest)));
            continue;
        };
        let (mut depth, mut begin) = (0, 0);
        for (place, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    named.push((line, ident(&group[begin..place])));
                    begin = place + 1;
                    if c == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    named.retain(|(_, room)| !room.is_empty());
    named
}

#[test]
fn tests_comments_and_literals_are_left_out_and_nothing_else() {
    let text = r##"use crate::{a::{b, c}, d};
// crate::comment
fn f<'a>(x: &'a str) -> char { /* crate::block */ let s = "crate::string \" }"; '}' }
#[cfg(test)]
use crate::{test_only, other};
#[cfg(test)]
mod tests {
    fn g() { let r = r#"} crate::raw"#; crate::inner::h() }
}
#[cfg(test)]
pub(crate) mod more;
pub(in crate::e) fn after() { crate::i::j(); let c = '\''; }
"##;
    let (code, modules) = without_tests(&without_literals(text)).expect("every item ends");
    assert_eq!(modules, ["more"]);
    assert_eq!(code.lines().count(), text.lines().count());
    let named: Vec<String> = rooms_named(&code).into_iter().map(|(_, room)| room).collect();
    assert_eq!(named, ["a", "d", "e", "i"]);
    assert!(without_tests("#[cfg(test)]\n field: u32,").is_err());
    assert!(has_word("x.sin()", ".sin(") && has_word("a::HashMap<", "HashMap"));
    assert!(!has_word("FxHashMap<", "HashMap") && !has_word("Instantly", "Instant"));
}
