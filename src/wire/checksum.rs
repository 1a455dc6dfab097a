//! Checksum of sentences and TAG blocks (IEC 61162-1, section 7.2; NMEA 0183 4.10, 7.2).

/// Returns the exclusive or of all bytes, computed eight at a time: the checksum of NMEA 0183.
#[inline]
pub(super) fn xor(bytes: &[u8]) -> u8 {
    let mut wide = 0;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        wide ^= u64::from_ne_bytes(eight);
    }
    let narrow = chunks.remainder().iter().fold(0, |sum, byte| sum ^ byte);
    wide.to_ne_bytes().iter().fold(narrow, |sum, byte| sum ^ byte)
}
