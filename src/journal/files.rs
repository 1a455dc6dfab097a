//! The way to the disk of what the watch writes in its state folder besides the journal: an argument, so that a simulation can
//! refuse, lose and tear what is written.

use std::fmt::Debug;
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes the files of a folder.
pub trait Files: Debug + Send + Sync {
    /// Makes an empty file; one of that name is emptied.
    ///
    /// # Errors
    /// The disk refuses.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Written>>;
    /// Gives a file another name, in place of the one that has it.
    ///
    /// # Errors
    /// The disk refuses, or there is no such file.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// The disk refuses, or there is no such file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Brings a file to disk that nobody writes any more.
    ///
    /// # Errors
    /// The disk refuses, or there is no such file.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Brings the names of a folder's files to disk.
    ///
    /// # Errors
    /// The disk refuses.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub trait Written: Debug + Send + Sync {
    /// Hands bytes to the system: a crash of this program no longer costs them.
    ///
    /// # Errors
    /// The disk refuses; a part may have been written.
    fn write(&self, bytes: &[u8]) -> io::Result<()>;
    /// Brings what was written to disk, in the file that a restart will find: a crash of the machine no longer costs it.
    ///
    /// # Errors
    /// The disk refuses, or the file was removed or moved.
    fn sync(&self) -> io::Result<()>;
}

/// The files of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine;

impl Machine {
    /// Returns them as an argument for those who keep it.
    pub fn shared() -> Arc<dyn Files> {
        Arc::new(Machine)
    }
}

impl Files for Machine {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Written>> {
        Ok(Arc::new(OnMachine { file: File::create(path)?, path: path.to_owned() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_data()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// A file of the machine that is being written.
#[derive(Debug)]
struct OnMachine {
    file: File,
    path: PathBuf,
}

impl OnMachine {
    fn is_in_place(&self) -> bool {
        let identity = |file: Metadata| (file.dev(), file.ino());
        let found = std::fs::metadata(&self.path).map(identity).ok();
        found.is_some() && found == self.file.metadata().map(identity).ok()
    }
}

impl Written for OnMachine {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.file).write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()?;
        match self.is_in_place() {
            true => Ok(()),
            false => Err(io::Error::other("the file was removed or moved")),
        }
    }
}

/// Makes an empty file, as [`Files::create`] does, whose name is on disk too once it is synced.
///
/// # Errors
/// The disk refuses.
pub fn create_named(files: &Arc<dyn Files>, folder: &Path, name: &str) -> io::Result<Arc<dyn Written>> {
    let file = files.create(&folder.join(name))?;
    let (files, folder) = (Arc::clone(files), folder.to_owned());
    Ok(Arc::new(Named { file, files, folder, is_named: AtomicBool::new(false) }))
}

/// A file that brings its name to disk with the first that is synced of it.
#[derive(Debug)]
struct Named {
    file: Arc<dyn Written>,
    files: Arc<dyn Files>,
    folder: PathBuf,
    /// Whether the name is on disk.
    is_named: AtomicBool,
}

impl Written for Named {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.file.write(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()?;
        if !self.is_named.load(Ordering::Relaxed) {
            self.files.sync_folder(&self.folder)?;
            self.is_named.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
