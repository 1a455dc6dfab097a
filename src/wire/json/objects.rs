//! Splits a payload into its JSON objects: an array of them, or several in a row. Mends what programs write that is no JSON.

use crate::wire::context::Context;
use crate::wire::reason::Reason;

/// Limit of the bytes of one JSON object.
pub const JSON_BYTES_MAX: usize = 64 * 1024;

/// Calls `each` with every top-level object of a payload, or with the reason why a part of it is refused. Blanks, commas
/// and the brackets of an array between objects are skipped; anything else there is refused.
pub(in crate::wire) fn objects(payload: &[u8], mut each: impl FnMut(Result<&[u8], Reason>)) {
    objects_of_any_length(payload, |object| {
        each(object.and_then(|bytes| {
            if bytes.len() > JSON_BYTES_MAX { Err(Reason::JsonTooLong) } else { Ok(bytes) }
        }));
    });
}

/// Calls `each` like [`objects`], with objects of any length.
pub(in crate::wire) fn objects_of_any_length(payload: &[u8], mut each: impl FnMut(Result<&[u8], Reason>)) {
    let mut rest = payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(payload);
    loop {
        let skipped =
            rest.iter().position(|c| !matches!(c, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']'));
        let Some(start) = skipped else { return };
        rest = &rest[start..];
        if rest[0] != b'{' {
            each(Err(Reason::BadJson));
            // The next line may hold an object again.
            match memchr::memchr(b'\n', rest) {
                Some(end) => rest = &rest[end..],
                None => return,
            }
            continue;
        }
        let Some(len) = length(rest) else { return each(Err(Reason::BadJson)) };
        let (object, after) = rest.split_at(len);
        each(Ok(object));
        rest = after;
    }
}

/// Returns the length of the object or array at the start of the bytes: counts brackets, skips strings.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Calls `read` with an object and, where it answers that this is no JSON, once more with the object mended: a property that is
/// written wrongly must not cost the others. What was mended counts as illegal values.
///
/// # Errors
/// Those of `read`.
pub(in crate::wire) fn read_or_mended(
    object: &[u8],
    context: &mut Context<'_>,
    mut read: impl FnMut(&[u8], &mut Context<'_>) -> Result<(), Reason>,
) -> Result<(), Reason> {
    match read(object, context) {
        Err(Reason::BadJson) => {
            let (mended, places) = mended(object).ok_or(Reason::BadJson)?;
            context.counts.add(Reason::IllegalValue, places);
            read(&mended, context)
        }
        read => read,
    }
}

/// Words that programs write for numbers that are none.
const NO_NUMBERS: [&str; 6] = ["NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"];

/// Returns an object as JSON, and the number of places that were mended (1 at least). Numbers that are none become null. Bytes that
/// are no UTF-8, and control characters in texts, become replacement characters. A comma after the last item goes. Of two properties
/// with one name the last stays. `None` where it is no object even then.
#[cold]
fn mended(object: &[u8]) -> Option<(Vec<u8>, u32)> {
    let text = String::from_utf8_lossy(object);
    let mut places = text.matches(char::REPLACEMENT_CHARACTER).count() as u32;
    let (mut out, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
    let mut rest = &*text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let word = NO_NUMBERS.into_iter().find(|word| !quoted && rest.starts_with(word));
        let is_last_comma = || !quoted && c == ',' && after.trim_start().starts_with(['}', ']']);
        rest = after;
        if let Some(word) = word {
            out.push_str("null");
            rest = &after[word.len() - 1..];
            places += 1;
        } else if is_last_comma() {
            places += 1;
        } else if quoted && c.is_control() {
            out.push(char::REPLACEMENT_CHARACTER);
            places += 1;
        } else {
            out.push(c);
        }
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
    }
    let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&out).ok()?;
    Some((serde_json::to_vec(&value).ok()?, places.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_write_that_is_no_json_is_mended_and_counted() {
        let cases: [(&[u8], &str, u32); 4] = [
            (
                br#"{"a":NaN,"b":[-Infinity, inf],"c":"NaN,]"}"#,
                r#"{"a":null,"b":[null,null],"c":"NaN,]"}"#,
                3,
            ),
            (br#"{"a":1,"b":[1,2, ],}"#, r#"{"a":1,"b":[1,2]}"#, 2),
            (br#"{"a":1,"a":2}"#, r#"{"a":2}"#, 1),
            (
                b"{\"a\":\"SE\xd1ORA\",\"b\":\"X\x00\\\"Y\",\"c\":1}",
                "{\"a\":\"SE\u{fffd}ORA\",\"b\":\"X\u{fffd}\\\"Y\",\"c\":1}",
                2,
            ),
        ];
        for (written, meant, places) in cases {
            let (mended, count) = mended(written).expect("an object");
            assert_eq!((&*String::from_utf8_lossy(&mended), count), (meant, places));
        }
        for written in ["{\"a\":", "{a:1}", "{\"a\":None}", "[NaN]", ""] {
            assert_eq!(mended(written.as_bytes()), None, "{written}");
        }
    }

    fn all(payload: &str) -> Vec<Result<String, Reason>> {
        let mut found = Vec::new();
        objects(payload.as_bytes(), |object| {
            found.push(object.map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
        });
        found
    }

    #[test]
    fn objects_are_found_in_arrays_and_lines_and_around_rubbish() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(
            all("[{\"a\":[1,{}]}, {\"b\":\"}\\\"\"}]"),
            [ok("{\"a\":[1,{}]}"), ok("{\"b\":\"}\\\"\"}")]
        );
        assert_eq!(all("{}\r\nrubbish {\n{\"c\":1}"), [ok("{}"), Err(Reason::BadJson), ok("{\"c\":1}")]);
        assert_eq!(all("{\"a\":"), [Err(Reason::BadJson)]);
        assert_eq!(all(" [ ] "), []);
        let long = format!("{{\"a\":\"{}\"}}{{}}", "x".repeat(JSON_BYTES_MAX));
        assert_eq!(all(&long), [Err(Reason::JsonTooLong), ok("{}")]);
    }
}
