//! Bytes of a text, eight at a time, and the checksum that needs no more.

/// Folds a text in words of eight bytes, the first byte lowest. The last word has zeros after the text.
#[inline]
pub(super) fn fold_words<T>(bytes: &[u8], init: T, mut step: impl FnMut(T, u64) -> T) -> T {
    let (whole, rest) = bytes.as_chunks();
    let folded = whole.iter().fold(init, |folded, eight| step(folded, u64::from_le_bytes(*eight)));
    if rest.is_empty() {
        return folded;
    }
    // A copy of so few bytes would be a call, and the word would wait for bytes written one by one.
    let last = match bytes.last_chunk() {
        Some(eight) => u64::from_le_bytes(*eight) >> (8 * (8 - rest.len())),
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    step(folded, last)
}

/// Returns the exclusive or of all bytes: the checksum of sentences and TAG blocks (IEC 61162-1, section 7.2; NMEA 0183 4.10,
/// 7.2).
#[inline]
pub(super) fn xor(bytes: &[u8]) -> u8 {
    let word = fold_words(bytes, 0, |sum, word| sum ^ word);
    let half = word ^ word >> 32;
    let quarter = half ^ half >> 16;
    (quarter ^ quarter >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_every_byte_of_a_text_of_any_length() {
        let bytes: Vec<u8> = (1..=40).collect();
        for length in 0..=bytes.len() {
            let text = &bytes[..length];
            let mut padded = text.to_vec();
            padded.resize(length.next_multiple_of(8), 0);
            let told = fold_words(text, Vec::new(), |mut told, word| {
                told.extend(word.to_le_bytes());
                told
            });
            assert_eq!(told, padded);
            assert_eq!(xor(text), text.iter().fold(0, |sum, byte| sum ^ byte));
        }
    }
}
