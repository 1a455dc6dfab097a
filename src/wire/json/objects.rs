//! Splits a payload into its JSON objects: an array of them, or several in a row.

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
    let mut rest = payload;
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

#[cfg(test)]
mod tests {
    use super::*;

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
