//! Whole lines in large blocks, without copying or allocating for each.

use std::io::{self, ErrorKind};

use super::input::Bytes;

/// Longer lines are skipped and counted: NMEA 0183 ends at 82 characters, TAG blocks and JSON need more.
pub(super) const LINE_BYTES: usize = 1024;
/// Limit of a line of JSON: a snapshot of all aircraft is one.
const JSON_LINE_BYTES: usize = 4 << 20;
/// One block: some 800 lines, whose reports still fit a core's cache.
const BLOCK_BYTES: usize = 64 << 10;

/// A text's lines, from its beginning.
pub(super) struct Lines {
    input: Bytes,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    position: u64,
    ended: bool,
    in_long_line: bool,
    long: u64,
    /// Byte that ends a line: a line feed, or a carriage return in a text without any.
    line_end: Option<u8>,
    failure: Option<io::Error>,
}

impl Lines {
    /// Reads from `input`.
    pub fn new(input: Bytes) -> Lines {
        Lines {
            input,
            buffer: vec![0; BLOCK_BYTES].into(),
            start: 0,
            end: 0,
            position: 0,
            ended: false,
            in_long_line: false,
            long: 0,
            line_end: None,
            failure: None,
        }
    }

    /// Returns the bytes that are buffered and not consumed.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Returns the offset of [`Lines::bytes`] from the beginning of the text.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Lines skipped as too long.
    pub fn long(&self) -> u64 {
        self.long
    }

    /// Goes on.
    pub fn consume(&mut self, bytes: usize) {
        let bytes = bytes.min(self.end - self.start);
        self.start += bytes;
        self.position += bytes as u64;
    }

    /// Skips to a position further on.
    pub fn skip_to(&mut self, position: u64) {
        while self.position < position && (self.start < self.end || self.fill()) {
            self.consume(usize::try_from(position - self.position).unwrap_or(usize::MAX));
        }
    }

    /// Makes sure that a whole line is next; its length with the line end, `None` at the end of the text.
    pub fn next_line(&mut self) -> Option<usize> {
        loop {
            match self.line_at(0) {
                Some(length) if self.in_long_line => {
                    self.in_long_line = false;
                    self.consume(length);
                }
                Some(length) if length > self.limit(0) => {
                    self.long += 1;
                    self.consume(length);
                }
                Some(length) => return Some(length),
                None if self.bytes().len() > self.limit(0) => {
                    // The rest of it is to come: it ends at the next line end.
                    self.long += u64::from(!self.in_long_line);
                    self.in_long_line = true;
                    self.consume(usize::MAX);
                }
                None if !self.fill() && self.line_at(0).is_none() => return None,
                None => {}
            }
        }
    }

    /// The length of the line that begins at `offset` of what is buffered, if it is there as a whole and not too long.
    pub fn short_line_at(&self, offset: usize) -> Option<usize> {
        self.line_at(offset).filter(|length| *length <= self.limit(offset))
    }

    /// The length of all the whole lines that are buffered, at most `limit` bytes away, of which one begins at the limit.
    /// 0 at the end of the text. Only where no line is too long.
    pub fn block(&mut self, limit: u64) -> usize {
        if limit == 0 || self.next_line().is_none() {
            return 0;
        }
        let bytes = self.bytes();
        if bytes.len() as u64 >= limit {
            return limit as usize;
        }
        if self.ended {
            return bytes.len();
        }
        memchr::memrchr(self.line_end(), bytes).map_or(bytes.len(), |last| last + 1)
    }

    /// Returns the limit of the line that begins at `offset`.
    fn limit(&self, offset: usize) -> usize {
        match self.bytes().get(offset) {
            Some(b'{' | b'[') if !self.in_long_line => JSON_LINE_BYTES,
            _ => LINE_BYTES,
        }
    }

    fn line_end(&self) -> u8 {
        self.line_end.unwrap_or(b'\n')
    }

    fn line_at(&self, offset: usize) -> Option<usize> {
        let rest = &self.buffer[self.start + offset..self.end];
        match memchr::memchr(self.line_end(), rest) {
            Some(at) => Some(at + 1),
            None if self.ended && !rest.is_empty() => Some(rest.len()),
            None => None,
        }
    }

    /// Reads more, as much as fits; false when there is no more. An error ends the text, half a line before it is dropped.
    fn fill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.buffer.len() {
            // A line of JSON that is longer than the buffer.
            let mut longer = vec![0; 2 * self.buffer.len()];
            longer[..self.end].copy_from_slice(&self.buffer);
            self.buffer = longer.into();
        }
        while self.end < self.buffer.len() && !self.ended {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(bytes) => self.end += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    self.ended = true;
                    self.end = memchr::memrchr(self.line_end(), self.bytes()).map_or(0, |last| last + 1);
                }
            }
        }
        if self.line_end.is_none() && self.end > 0 {
            let has = |end: u8| memchr::memchr(end, self.bytes()).is_some();
            self.line_end = Some(if !has(b'\n') && has(b'\r') { b'\r' } else { b'\n' });
        }
        self.end > 0
    }

    /// Why the text ended before its end, once it has.
    pub fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> (Vec<Vec<u8>>, u64) {
        let mut lines = Lines::new(Box::new(io::Cursor::new(text.to_vec())));
        let mut all = Vec::new();
        while let Some(length) = lines.next_line() {
            all.push(lines.bytes()[..length].to_vec());
            lines.consume(length);
        }
        assert_eq!(lines.position(), text.len() as u64);
        (all, lines.long())
    }

    #[test]
    fn ends_of_lines() {
        assert_eq!(lines(b""), (vec![], 0));
        assert_eq!(lines(b"a\r\n\nb"), (vec![b"a\r\n".to_vec(), b"\n".to_vec(), b"b".to_vec()], 0));
        assert_eq!(lines(b"a\rb\r"), (vec![b"a\r".to_vec(), b"b\r".to_vec()], 0));
    }

    #[test]
    fn long_lines_are_skipped_and_counted() {
        for length in [LINE_BYTES + 1, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES + 7] {
            let mut text = b"first\n".to_vec();
            text.extend(vec![b'x'; length]);
            text.extend(b"\nlast\n");
            assert_eq!(lines(&text), (vec![b"first\n".to_vec(), b"last\n".to_vec()], 1), "{length}");
            text.truncate(6 + length);
            assert_eq!(lines(&text), (vec![b"first\n".to_vec()], 1), "{length}");
        }
    }

    #[test]
    fn a_line_of_json_may_be_longer_than_a_block() {
        let json = format!("{{{}}}\n", "x".repeat(5 * BLOCK_BYTES));
        let text = format!("first\n{json}{json}last\n");
        let expected = ["first\n", &json, &json, "last\n"].map(|line| line.as_bytes().to_vec());
        assert_eq!(lines(text.as_bytes()), (expected.to_vec(), 0));
        let endless = format!("{{{}", "x".repeat(JSON_LINE_BYTES + 10));
        assert_eq!(lines(endless.as_bytes()), (vec![], 1));
    }

    #[test]
    fn blocks_are_whole_lines() {
        let text: Vec<u8> = (0..20_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let mut lines = Lines::new(Box::new(io::Cursor::new(text.clone())));
        let mut all = Vec::new();
        loop {
            let length = lines.block(text.len() as u64 - lines.position());
            if length == 0 {
                break;
            }
            assert_eq!(lines.bytes()[length - 1], b'\n');
            all.extend_from_slice(&lines.bytes()[..length]);
            lines.consume(length);
        }
        assert!(all == text);
    }
}
