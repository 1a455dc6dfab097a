//! One self-contained HTML page: no script, no style sheet or picture from elsewhere.

use std::fmt::Write as _;

/// Style of every page: legible on a screen by day and by night, and on paper.
const STYLE: &str = "
:root{--ink:#1c2730;--pale:#5c6b76;--line:#c9d2d8;--ground:#fff;--sea:#e8f0f4;--land:#d9d3c3;--appear:#0b7a3e;--vanish:#b3261e;--change:#9a6700;--first:#1f5fa8;--second:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#dbe4ea;--pale:#93a3ae;--line:#36444e;--ground:#10181d;--sea:#16232b;--land:#2c2f2a;--appear:#58c98a;--vanish:#ff8a80;--change:#e6b34a;--first:#7fb2f0;--second:#ff8a80}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:0 auto;padding:1.5rem;max-width:75rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0}.pale{color:var(--pale)}
.mark{border:2px solid var(--change);padding:.3rem .6rem;display:inline-block;font-weight:600}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600}td.n,th.n{text-align:right}svg{max-width:100%;height:auto;background:var(--sea)}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}
.appear{color:var(--appear)}.vanish{color:var(--vanish)}.change{color:var(--change)}
@media print{body{max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}";

/// A page that is being written.
pub(super) struct Page {
    html: String,
}

impl Page {
    /// Begins a page of an exercise.
    pub(super) fn new(title: &str, exercise: &str) -> Page {
        Page::marked(title, &format!("EXERCISE {exercise}: recordings, no live watch"))
    }

    /// Begins a page about the journal of a watch.
    pub(super) fn of_watch(title: &str, node: &str) -> Page {
        Page::marked(title, &format!("{node}: names persons and vessels; keep it as the journal is kept"))
    }

    fn marked(title: &str, mark: &str) -> Page {
        let mut html = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
        let title = escaped(title);
        let _ = write!(
            html,
            "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style></head><body>\n\
             <h1>{title}</h1>\n<p class=\"mark\">{}</p>\n",
            escaped(mark)
        );
        Page { html }
    }

    /// Adds a heading.
    pub(super) fn heading(&mut self, text: &str) {
        let _ = writeln!(self.html, "<h2>{}</h2>", escaped(text));
    }

    /// Adds a paragraph.
    pub(super) fn text(&mut self, text: &str) {
        let _ = writeln!(self.html, "<p>{}</p>", escaped(text));
    }

    /// Adds HTML that is safe already.
    pub(super) fn raw(&mut self, html: &str) {
        self.html.push_str(html);
        self.html.push('\n');
    }

    /// Adds a table. Cells that are numbers stand at the right; the class of a row colours its first cell.
    pub(super) fn table(&mut self, head: &[&str], rows: &[(&str, Vec<String>)]) {
        let is_number = |text: &str| text.parse::<f64>().is_ok() || text == "-";
        let numeric: Vec<bool> = (0..head.len())
            .map(|i| {
                !rows.is_empty() && rows.iter().all(|(_, row)| row.get(i).is_none_or(|cell| is_number(cell)))
            })
            .collect();
        let class = |i: usize| if numeric[i] { " class=\"n\"" } else { "" };
        self.html.push_str("<table><thead><tr>");
        for (i, cell) in head.iter().enumerate() {
            let _ = write!(self.html, "<th{}>{}</th>", class(i), escaped(cell));
        }
        self.html.push_str("</tr></thead><tbody>\n");
        for (colour, row) in rows {
            self.html.push_str("<tr>");
            for (i, cell) in row.iter().enumerate() {
                let colour = if i == 0 && !colour.is_empty() {
                    format!(" class=\"{colour}\"")
                } else {
                    class(i).to_owned()
                };
                let _ = write!(self.html, "<td{colour}>{}</td>", escaped(cell));
            }
            self.html.push_str("</tr>\n");
        }
        self.html.push_str("</tbody></table>\n");
    }

    /// Ends the page and returns it.
    pub(super) fn end(mut self) -> String {
        self.html.push_str("</body></html>\n");
        self.html
    }
}

/// Returns a text in which no character begins markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // A name cannot turn the text around it.
            c if c.is_control()
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c) =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ships_name_is_no_markup() {
        let mut page = Page::new("<b>", "dawn & dusk");
        page.table(&["who"], &[("appear", vec!["<img src=x onerror=\"alert('1')\">\u{202e}".to_owned()])]);
        let html = page.end();
        assert!(!html.contains("<img") && !html.contains('\u{202e}') && !html.contains("<b>"), "{html}");
        assert!(html.contains("EXERCISE dawn &amp; dusk"), "{html}");
    }
}
