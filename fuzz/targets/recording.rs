//! Files: text logs, MCAP and packet captures, packed or not, by their content.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigie::feed::recording::{Options, Recording};

fuzz_target!(|bytes: &[u8]| {
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join("x");
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let Ok(mut recording) = Recording::open(&[path], Options::default()) else { return };
    let mut newest = None;
    while let Ok(Some(piece)) = recording.next_piece() {
        assert!(newest <= Some(piece.time), "time steps back");
        newest = Some(piece.time);
    }
});
