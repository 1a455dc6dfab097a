//! Opening a recording: what it is, by its content, and its bytes unpacked.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail};

use super::Cancel;

/// MCAP specification, "Magic".
const MCAP: &[u8] = b"\x89MCAP0\r\n";
/// RFC 1952, section 2.3.1.
const GZIP: &[u8] = b"\x1f\x8b";
/// RFC 8878, section 3.1.1.
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
/// libpcap, both byte orders, micro- and nanoseconds; pcapng.
const PCAP: [&[u8]; 5] =
    [b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a"];

/// Bytes of the content, unpacked.
pub(super) type Bytes = Box<dyn Read + Send>;

/// Bytes that were read of a recording's files, and the way to break the reading off.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Bytes.
    pub bytes: AtomicU64,
    /// Whether somebody has cancelled the reading.
    pub cancel: Cancel,
}

/// Kinds of content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Lines.
    Text,
    /// Messages.
    Mcap,
    /// Packets.
    Pcap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

/// A recording's file, recognised but not open.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// Path as given.
    pub path: PathBuf,
    /// Kind of content.
    pub content: Content,
    /// Size on disk, bytes.
    pub size: u64,
    packing: Packing,
}

impl Input {
    /// Recognises a file.
    ///
    /// # Errors
    /// When it can't be read, or is of a kind that is not read.
    pub fn recognise(path: &Path) -> anyhow::Result<Input> {
        let shown = path.display();
        let mut file = File::open(path).with_context(|| format!("{shown}: can't open this recording"))?;
        let size = file.metadata().map(|about| about.len()).unwrap_or_default();
        let head = first_bytes(&mut file).with_context(|| format!("{shown}: can't read this recording"))?;
        let packing = match () {
            () if head.starts_with(GZIP) => Packing::Gzip,
            () if head.starts_with(ZSTD) => Packing::Zstd,
            () => Packing::None,
        };
        let mut input = Input { path: path.to_owned(), content: Content::Text, size, packing };
        let head = match packing {
            Packing::None => head,
            // What is broken inside is found, and said, when it is read.
            _ => first_bytes(&mut input.open(&Arc::default())?).unwrap_or_default(),
        };
        if is_utf16(&head) {
            bail!(
                "{shown}: is text in UTF-16, which `>` of Windows PowerShell writes; convert it: iconv -f UTF-16 -t UTF-8 {shown} > converted.log"
            );
        }
        if head.starts_with(MCAP) {
            input.content = Content::Mcap;
        } else if PCAP.iter().any(|magic| head.starts_with(magic)) {
            input.content = Content::Pcap;
        }
        Ok(input)
    }

    /// Opens the content at its beginning; the bytes read from disk are added to `read`.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self, read: &Arc<Meter>) -> anyhow::Result<Bytes> {
        let failed = || format!("{}: can't open this recording", self.path.display());
        let file = File::open(&self.path).with_context(failed)?;
        let file = Counted { file, read: Arc::clone(read) };
        Ok(match self.packing {
            Packing::None => Box::new(file),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(file))),
            Packing::Zstd => Box::new(zstd::Decoder::with_buffer(buffered(file)).with_context(failed)?),
        })
    }

    /// Whether an error in reading is one of the content (cut short or damaged), not of the disk.
    pub fn is_broken_content(&self, error: &io::Error) -> bool {
        self.packing != Packing::None && error.raw_os_error().is_none()
    }
}

fn buffered(file: Counted) -> BufReader<Counted> {
    BufReader::with_capacity(1 << 16, file)
}

/// Returns whether a text begins with the byte order mark of UTF-16, or with ASCII in units of two bytes.
fn is_utf16(head: &[u8]) -> bool {
    let ascii = |at: usize| head.get(at).is_some_and(|byte| byte.is_ascii_graphic());
    let zero = |at: usize| head.get(at) == Some(&0);
    let in_twos = |first: usize| (0..3).all(|n| ascii(first + 2 * n) && zero(1 - first + 2 * n));
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || in_twos(0) || in_twos(1)
}

fn first_bytes(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(8).read_to_end(&mut head)?;
    Ok(head)
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    read: Arc<Meter>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read.cancel.is_cancelled() {
            return Err(io::Error::other("the reading was cancelled"));
        }
        let bytes = self.file.read(into)?;
        self.read.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}
