//! Files that are written whole or not at all: beside their place first, which they then take.
//!
//! Symbolic links stay, and the file that they lead to is written, there already or not. It keeps its
//! mode, and its owner and group where the system allows that, but no access control lists and extended
//! attributes; other names that it has (hard links) keep what was in it. A file that must not be written to is not replaced either, and what is no file
//! is left alone.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes the file at `path`, whole or not at all: what `write` writes.
pub(crate) fn write(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut draft = Draft::of(path)?;
    let mut out = BufWriter::with_capacity(1 << 16, &mut draft.file);
    write(&mut out)?;
    out.flush()?;
    drop(out);
    draft.publish()
}

/// A file to be, in its folder already, but under a name of its own; gone where it is not published.
pub(crate) struct Draft {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// Of the file that it takes the place of.
    old: Option<Metadata>,
    is_published: bool,
}

/// Drafts of this process are told apart by it.
static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Draft {
    /// An empty draft of the file at `path`, if that can be written. Its name is that of the file, two
    /// numbers and `.new`.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let target = behind_links(path)?;
        let old = match fs::metadata(&target) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match &old {
            Some(old) if old.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Some(old) if !old.is_file() => return Err(invalid("not a regular file")),
            // A new name needs a folder that can be written to, and would not mind what the file says.
            Some(_) => drop(OpenOptions::new().write(true).open(&target)?),
            None if target.file_name().is_none() => return Err(invalid("no name of a file")),
            None => {}
        }
        loop {
            let path = beside(&target, NEXT.fetch_add(1, Ordering::Relaxed));
            match new_file(&path, old.is_some()) {
                // Somebody's whose number we have: killed before it was published.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => return Ok(Self { file: file?, path, target, old, is_published: false }),
            }
        }
    }

    /// Puts it into its place, where it stays when the machine loses its power.
    pub(crate) fn publish(mut self) -> io::Result<()> {
        if let Some(old) = &self.old {
            keep(&self.file, old)?;
        }
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        self.is_published = true;
        // It is there: where a folder cannot be synced, that is no reason to say that it is not.
        #[cfg(unix)]
        let _ = File::open(folder(&self.target)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_published {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// So many links lead from one to the next at most, as on Linux.
const LINKS: usize = 40;

/// What `path` leads to, be it there or not.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_path_buf();
    for _ in 0..=LINKS {
        if !fs::symlink_metadata(&target).is_ok_and(|found| found.is_symlink()) {
            return Ok(target);
        }
        // Counted from the link's folder, unless it is absolute.
        target = folder(&target).join(fs::read_link(&target)?);
    }
    Err(invalid("symbolic links that lead to no file, but to each other"))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn beside(target: &Path, number: usize) -> PathBuf {
    let mut beside = OsString::from(target);
    beside.push(format!(".{}.{number}.new", process()));
    beside.into()
}

/// The number of this process; 0 on WebAssembly, where there is none, and to ask for it panics.
pub(crate) fn process() -> u32 {
    if cfg!(target_family = "wasm") { 0 } else { std::process::id() }
}

/// A file that was not there, for nobody else's eyes where it takes the place of one.
fn new_file(path: &Path, is_private: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    options.open(path)
}

/// Gives a file the mode, the owner and the group of another.
#[cfg(unix)]
fn keep(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    // Only root may give files away; others may give them to groups that they are in.
    let _ = fchown(file, Some(old.uid()), Some(old.gid()))
        .or_else(|_| fchown(file, None, Some(old.gid())));
    let new = file.metadata()?;
    let mode = kept_mode(old.mode(), new.gid() == old.gid());
    if new.mode() & 0o777 == mode {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// What one group was allowed, another is not, unless everybody is.
#[cfg(unix)]
const fn kept_mode(old: u32, group_is_kept: bool) -> u32 {
    if group_is_kept { old & 0o777 } else { old & 0o707 | (old & 0o007) << 3 }
}

#[cfg(not(unix))]
fn keep(file: &File, old: &Metadata) -> io::Result<()> {
    // WebAssembly's files have none, and to set them is an error.
    if cfg!(target_family = "wasm") { Ok(()) } else { file.set_permissions(old.permissions()) }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn a_draft_of_a_file_is_private_until_it_takes_its_place() {
        let folder = std::env::temp_dir().join(format!("constprop-draft-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("file");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        let draft = Draft::of(&path).unwrap();
        let at = draft.path.clone();
        assert_eq!((mode(&at), mode(&path)), (0o600, 0o644));
        draft.publish().unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap().len(), at.exists()), (0o644, 0, false));
        // And is gone where it does not.
        drop(Draft::of(&path));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn another_group_may_do_what_everybody_may() {
        for (old, kept, changed) in [
            (0o640, 0o640, 0o600),
            (0o664, 0o664, 0o644),
            (0o100_600, 0o600, 0o600),
            (0o755, 0o755, 0o755),
        ] {
            assert_eq!((kept_mode(old, true), kept_mode(old, false)), (kept, changed));
        }
    }
}
