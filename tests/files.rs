//! Files over files that are there: networks, trainings and pictures, through links, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use constprop::data::{MinMax, Standardize};
use constprop::prelude::*;
use constprop::train::{
    CheckpointError, Fit, History, PlotError, load, load_scaled, save, save_scaled,
};
use constprop::weights::{Dtype, Names, Weights, save_bytes};

network! {
    #[derive(Clone, PartialEq)]
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("constprop-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const X: [[f64; 1]; 2] = [[0.0], [1.0]];

fn history() -> History {
    let mut descent = GradientDescent::new(0.1).unwrap();
    Fit::new().epochs(2).run(&mut Line::zeros(), &mut descent, &X, &X).unwrap()
}

fn resumable(path: &Path) -> Result<(), CheckpointError> {
    // More of them each time, so that there is something to write.
    static EPOCHS: AtomicUsize = AtomicUsize::new(2);
    let epochs = EPOCHS.fetch_add(1, Ordering::Relaxed);
    let (mut net, mut descent) = (Line::zeros(), GradientDescent::new(0.1).unwrap());
    let result = Fit::new().epochs(epochs).run_resumable(&mut net, &mut descent, &X, &X, path);
    // Where it cannot be written, it is not trained.
    assert_eq!(result.is_ok(), net.parameters() != [0.0, 0.0]);
    Ok(result.map(drop)?)
}

/// Everything of ours that writes a file, with the ending that it wants; whether it was written.
#[allow(clippy::type_complexity)]
const WRITERS: [(&str, fn(&Path) -> Result<(), String>); 7] = [
    ("weights", |path| {
        let result = Line::<f64>::seeded(1).save(path, Names::pytorch(), Dtype::F32);
        result.map_err(|error| error.to_string())
    }),
    ("bytes", |path| {
        let bytes = Line::<f64>::seeded(1).to_safetensors(Names::ours(), Dtype::F64).unwrap();
        save_bytes(path, &bytes).map_err(|error| error.to_string())
    }),
    ("net", |path| save(&Line::<f64>::seeded(1), path).map_err(|error| error.to_string())),
    ("scaled", |path| {
        let scale = Standardize::fit(&X).unwrap();
        save_scaled(&Line::<f64>::seeded(1), &scale, &(), path).map_err(|error| error.to_string())
    }),
    ("training", |path| resumable(path).map_err(|error| error.to_string())),
    ("png", |path| history().draw(path).map_err(|error| error.to_string())),
    ("svg", |path| history().draw(path).map_err(|error| error.to_string())),
];

/// What of ours begins so.
fn is_ours(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"<svg") || bytes.get(8) == Some(&b'{')
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_file_keeps_its_mode() {
        let folder = Folder::new("mode");
        for (ending, write) in WRITERS {
            let path = folder.file(&format!("file.{ending}"));
            for mode_before in [0o600, 0o640, 0o664, 0o755] {
                let _ = fs::remove_file(&path);
                write(&path).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(mode_before)).unwrap();
                write(&path).unwrap();
                assert_eq!(mode(&path), mode_before, "{ending}");
            }
            // A new one has that of any new file.
            let (new, other) = (folder.file(&format!("new.{ending}")), folder.file("other"));
            write(&new).unwrap();
            fs::write(&other, "").unwrap();
            assert_eq!(mode(&new), mode(&other), "{ending}");
        }
    }

    /// As far as the system allows it: anybody may, who is root.
    #[test]
    fn a_file_keeps_its_owner_and_group() {
        let folder = Folder::new("owner");
        for (ending, write) in WRITERS {
            let path = folder.file(&format!("file.{ending}"));
            write(&path).unwrap();
            if std::os::unix::fs::chown(&path, Some(12_345), Some(23_456)).is_err() {
                return;
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            write(&path).unwrap();
            let found = fs::metadata(&path).unwrap();
            assert_eq!((found.uid(), found.gid(), mode(&path)), (12_345, 23_456, 0o640));
        }
    }

    /// Whatever leads there: through one link or many, by names from a link's own folder or from the
    /// root, to a file that is there or is not yet.
    #[test]
    fn links_stay_and_what_is_behind_them_is_written() {
        let folder = Folder::new("links");
        fs::create_dir(folder.file("a")).unwrap();
        fs::create_dir(folder.file("b")).unwrap();
        symlink(folder.file("b"), folder.file("to-b")).unwrap();
        for (ending, write) in WRITERS {
            let name = |name: &str| folder.file(&format!("{name}.{ending}"));
            let target = name("b/target");
            let links = [
                (format!("b/target.{ending}"), name("relative")),
                (format!("../b/target.{ending}"), name("a/up")),
                (format!("to-b/../b/target.{ending}"), name("through-a-folder")),
                (target.display().to_string(), name("a/absolute")),
                (format!("a/absolute.{ending}"), name("second")),
                (format!("second.{ending}"), name("third")),
            ];
            for (to, link) in &links {
                symlink(to, link).unwrap();
            }
            for (to, link) in &links {
                for was_there in [false, true] {
                    let _ = fs::remove_file(&target);
                    if was_there {
                        write(&target).unwrap();
                        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
                    }
                    write(link).unwrap();
                    assert_eq!(fs::read_link(link).unwrap().to_str(), Some(&to[..]));
                    assert!(fs::symlink_metadata(&target).unwrap().is_file(), "{link:?}");
                    assert!(is_ours(&fs::read(&target).unwrap()), "{link:?}");
                    assert!(!was_there || mode(&target) == 0o600, "{link:?}");
                }
            }
            // By way of a folder that is a link.
            write(&name("to-b/another")).unwrap();
            assert!(is_ours(&fs::read(name("b/another")).unwrap()));
        }
        assert!(fs::symlink_metadata(folder.file("to-b")).unwrap().is_symlink());
        let left = Folder(folder.file("b")).names();
        assert!(left.iter().all(|name| !name.contains(".new")), "{left:?}");
    }

    /// Forty links are followed, as the system does; a ring of them leads nowhere.
    #[test]
    fn links_without_end_are_an_error() {
        let folder = Folder::new("ring");
        for (ending, write) in WRITERS {
            let name = |name: &str| folder.file(&format!("{name}.{ending}"));
            symlink(name("b"), name("a")).unwrap();
            symlink(name("a"), name("b")).unwrap();
            symlink(name("self"), name("self")).unwrap();
            let before = folder.names();
            for ring in ["a", "b", "self"] {
                write(&name(ring)).unwrap_err();
            }
            assert_eq!(folder.names(), before);
            symlink(name("end"), name("link1")).unwrap();
            for link in 2..=40 {
                symlink(name(&format!("link{}", link - 1)), name(&format!("link{link}"))).unwrap();
            }
            write(&name("link40")).unwrap();
            assert!(is_ours(&fs::read(name("end")).unwrap()));
        }
    }

    /// A socket stands for all that is no file: `/dev/null` would be gone for every other process.
    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = Folder::new("socket");
        for (ending, write) in WRITERS {
            let socket = folder.file(&format!("socket.{ending}"));
            let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
            let link = folder.file(&format!("link.{ending}"));
            symlink(&socket, &link).unwrap();
            let before = folder.names();
            for path in [&socket, &link] {
                let error = write(path).unwrap_err();
                assert!(error.contains(path.to_str().unwrap()), "{error}");
            }
            assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
            assert_eq!(folder.names(), before);
        }
    }

    /// One that somebody has open, so that to write to it does not wait.
    #[test]
    fn a_pipe_is_left_alone() {
        let folder = Folder::new("pipe");
        for (ending, write) in WRITERS {
            let pipe = folder.file(&format!("pipe.{ending}"));
            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            if !made.is_ok_and(|status| status.success()) {
                return;
            }
            let _open = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
            write(&pipe).unwrap_err();
            let is_pipe = |path: &Path| fs::symlink_metadata(path).unwrap().file_type().is_fifo();
            assert!(is_pipe(&pipe), "{ending}");
        }
    }

    /// Nobody may write to it but root, who gets it written and keeps it so.
    #[test]
    fn a_read_only_file_is_not_replaced() {
        let folder = Folder::new("read-only");
        for (ending, write) in WRITERS {
            let path = folder.file(&format!("file.{ending}"));
            write(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
            let before = fs::metadata(&path).unwrap().ino();
            let is_root = fs::OpenOptions::new().write(true).open(&path).is_ok();
            assert_eq!(write(&path).is_ok(), is_root);
            assert_eq!(fs::metadata(&path).unwrap().ino() != before, is_root);
            assert_eq!(mode(&path), 0o444);
        }
    }
}

/// A folder in the file's place, no folder for it, a name that cannot be made longer, or none: an
/// error that names the file, before anything is trained, and nothing is left beside it.
#[test]
fn what_cannot_be_written_is_noticed_and_leaves_nothing() {
    let folder = Folder::new("refused");
    for (ending, write) in WRITERS {
        let long = folder.file(&format!("{}.{ending}", "n".repeat(255 - 1 - ending.len())));
        let in_the_way = folder.file(&format!("folder.{ending}"));
        fs::create_dir(&in_the_way).unwrap();
        let nowhere = folder.file("nowhere").join(format!("file.{ending}"));
        for path in [&in_the_way, &nowhere, &long] {
            let before = folder.names();
            let error = write(path).unwrap_err();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
            assert_eq!(folder.names(), before);
            assert!(in_the_way.is_dir());
        }
        if !["png", "svg"].contains(&ending) {
            for path in ["", "/", ".", ".."] {
                write(Path::new(path)).unwrap_err();
            }
        }
    }
}

/// What a killed process has left is neither taken nor removed, were its number ours.
#[test]
fn drafts_of_others_stay() {
    let folder = Folder::new("drafts");
    let path = folder.file("net");
    let drafts: Vec<_> = (0..300)
        .map(|number| folder.file(&format!("net.{}.{number}.new", std::process::id())))
        .collect();
    for draft in &drafts {
        fs::write(draft, "half of").unwrap();
    }
    let net = Line::<f64>::seeded(2);
    save(&net, &path).unwrap();
    let mut loaded = Line::<f64>::zeros();
    load(&mut loaded, &path).unwrap();
    assert!(loaded == net);
    assert!(drafts.iter().all(|draft| fs::read(draft).unwrap() == b"half of"));
    assert_eq!(folder.names().len(), 301);
}

/// There is a whole file at any moment, whoever else of this process writes it.
#[test]
fn threads_that_save_to_one_file_do_not_mix() {
    let folder = Folder::new("threads");
    let path = folder.file("net");
    save(&Line::<f64>::zeros(), &path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut loaded = Line::<f64>::zeros();
                for _ in 0..50 {
                    save(&Line::<f64>::seeded(thread), path).unwrap();
                    load(&mut loaded, path).unwrap();
                    assert!((0..4).any(|seed| Line::seeded(seed) == loaded));
                }
            });
        }
    });
    assert_eq!(folder.names(), ["net"]);
}

/// A network's file that holds numbers which are none: the message names the file, and the network
/// stays as it was.
#[test]
fn a_message_about_a_number_in_a_file_names_the_file() {
    let folder = Folder::new("numbers");
    let path = folder.file("net");
    let mut broken = Line::<f64>::seeded(1);
    broken.theta1.weights[(0, 0)] = f64::NAN;
    save(&broken, &path).unwrap();
    let named = |error: CheckpointError, what: &str| {
        let expected = format!("checkpoint {}: {what}", path.display());
        assert_eq!(error.to_string(), expected);
    };
    let untouched = Line::<f64>::seeded(2);
    let mut net = untouched.clone();
    let parameter = "the network: theta1, row 0, column 1 is NaN; it must be finite";
    named(load(&mut net, &path).unwrap_err(), parameter);
    named(load_scaled::<_, (), ()>(&mut net, &path).unwrap_err(), parameter);
    assert!(net == untouched);

    // The constants of a scaling.
    type Scales = (Standardize<f64, 1>, MinMax<f64, 1>);
    let (x, y) =
        (Standardize::fit(&[[0.25], [1.75]]).unwrap(), MinMax::fit(&[[3.5], [9.0]]).unwrap());
    save_scaled(&net, &x, &y, &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let with = |old: f64, new: f64| {
        let mut bytes = bytes.clone();
        let at = bytes.windows(8).rposition(|window| window == old.to_le_bytes()).unwrap();
        bytes[at..at + 8].copy_from_slice(&new.to_le_bytes());
        fs::write(&path, bytes).unwrap();
    };
    for (old, new, what) in [
        (
            0.75,
            -0.0,
            "the scaling of x: deviation of entry 0 is -0; it must be finite and greater than 0",
        ),
        (
            5.5,
            -5.5,
            "the scaling of y: scale of entry 0 is -5.5; it must be finite and greater than 0",
        ),
        (1.0, f64::NAN, "the scaling of x: mean of entry 0 is NaN; it must be finite"),
        (3.5, f64::INFINITY, "the scaling of y: shift of entry 0 is inf; it must be finite"),
    ] {
        with(old, new);
        let result: Result<Scales, _> = load_scaled(&mut net, &path);
        named(result.unwrap_err(), what);
        assert!(net == untouched);
    }
}

/// What is wrong with a training's file, as with a network's.
#[test]
fn a_message_about_a_number_in_a_training_names_the_file() {
    let folder = Folder::new("training-numbers");
    let path = folder.file("training");
    resumable(&path).unwrap();
    let mut net = Line::<f64>::zeros();
    load(&mut net, &path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let weight = net.parameters()[1].to_le_bytes();
    let at = bytes.windows(8).rposition(|window| window == weight).unwrap();
    bytes[at..at + 8].copy_from_slice(&f64::NAN.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let error = resumable(&path).unwrap_err().to_string();
    let expected = "the network: theta1, row 0, column 1 is NaN; it must be finite";
    assert_eq!(error, format!("checkpoint {}: {expected}", path.display()));
    assert!(matches!(history().draw("curves"), Err(PlotError::Format { .. })));
}
