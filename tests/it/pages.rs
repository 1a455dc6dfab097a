//! The pages: every link leads somewhere, and every file and test that a page names is in the repository.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Folders whose pages are checked; a page directly in the repository's root is checked too.
const FOLDERS: &[&str] =
    &["docs", "config/zones", "tests/scenarios", "tools/zones", "replay-data", "benches/peer"];
/// Endings of the files that pages name.
const ENDINGS: &[&str] = &["rs", "ts", "tsx", "toml", "md", "json", "jsonl", "txt", "service", "py", "sh"];
/// Folders that the names of files on a page may start from.
const ROOTS: &[&str] = &["", "src", "docs", "tools/zones"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files below a folder with an ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let pattern = format!("{}/**/*.{ending}", folder.display());
    glob::glob(&pattern).expect("a pattern").filter_map(Result::ok).collect()
}

/// Returns every page, with its text less its blocks of code.
fn pages() -> Vec<(PathBuf, String)> {
    let in_root =
        glob::glob(&format!("{}/*.md", root().display())).expect("a pattern").filter_map(Result::ok);
    let below = FOLDERS.iter().flat_map(|folder| files(&root().join(folder), "md"));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a page");
        let mut is_code = false;
        let prose = text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            is_code ^= fence;
            !is_code && !fence
        });
        let prose = prose.collect::<Vec<_>>().join("\n");
        (path, prose)
    };
    in_root.chain(below).map(read).collect()
}

/// Returns the anchors of a page, as GitHub makes them from its headings.
fn anchors(prose: &str) -> BTreeSet<String> {
    let headings =
        prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
        kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

/// Removes `..` from a path without asking the disk.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut broken = Vec::new();
    for (path, prose) in &pages {
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = path.parent().expect("a folder");
            let target = if file.is_empty() { path.clone() } else { plain(&folder.join(file)) };
            let page = pages.iter().find(|(other, _)| *other == target);
            let found = page.is_none_or(|(_, prose)| anchor.is_empty() || anchors(prose).contains(anchor));
            if !target.exists() || !found {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

/// Returns what stands in backquotes on a page.
fn quoted(prose: &str) -> impl Iterator<Item = &str> {
    prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Returns whether some text is the name of one file: a path of plain characters with a known ending; or of a folder, with its slash.
fn is_file_name(text: &str, has_folders: bool) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    let ending = text.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = ENDINGS.contains(&ending) || has_folders && text.ends_with('/');
    text.contains('/') && !text.starts_with('/') && text.chars().all(plain) && known
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let mut absent = Vec::new();
    for (path, prose) in pages() {
        let page = path.strip_prefix(root()).expect("in the repository");
        // What was is not what is.
        if page == Path::new("CHANGELOG.md") {
            continue;
        }
        let beside = page.parent().expect("a folder").display().to_string();
        // This page says which folders there are; others may name folders of users.
        let has_folders = page == Path::new("docs/architecture.md");
        for name in quoted(&prose).filter(|text| is_file_name(text, has_folders)) {
            let roots = ROOTS.iter().copied().chain([beside.as_str()]);
            if !roots.map(|folder| root().join(folder).join(name)).any(|file| file.exists()) {
                absent.push(format!("{}: {name}", page.display()));
            }
        }
    }
    assert!(absent.is_empty(), "files that are not there; mend the page:\n{}", absent.join("\n"));
}

#[test]
fn every_test_that_the_architecture_page_names_is_there() {
    let mut names = BTreeSet::new();
    for file in files(&root().join("tests"), "rs").iter().chain(&files(&root().join("src"), "rs")) {
        let text = std::fs::read_to_string(file).expect("a source file");
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        names.extend(words.filter(|word| word.contains('_')).map(str::to_owned));
    }
    let tables = files(&root().join("tests/scenarios"), "txt");
    names.extend(tables.iter().filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())));
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let invariants = page.split("## Invariants").nth(1).and_then(|rest| rest.split("\n## ").next());
    let is_name =
        |text: &&str| text.contains('_') && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let absent: Vec<&str> = quoted(invariants.expect("the section"))
        .filter(is_name)
        .filter(|name| !names.contains(*name))
        .collect();
    assert!(absent.is_empty(), "tests that are not there; mend docs/architecture.md: {absent:?}");
}

#[test]
fn code_of_the_architecture_page_is_that_of_the_sources() {
    let trimmed = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let sources: Vec<String> = files(&root().join("src"), "rs")
        .iter()
        .map(|file| trimmed(&std::fs::read_to_string(file).expect("a source file")))
        .collect();
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let blocks: Vec<String> =
        page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).map(trimmed).collect();
    assert!(blocks.len() >= 5, "{} blocks of code", blocks.len());
    // A block may end before its item does.
    let open = |block: &str| block.trim_end_matches(['}', '\n']).to_owned();
    let strange: Vec<&String> =
        blocks.iter().filter(|block| !sources.iter().any(|text| text.contains(&open(block)))).collect();
    assert!(strange.is_empty(), "code that no source has; mend docs/architecture.md:\n{strange:#?}");
}
