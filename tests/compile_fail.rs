//! What the compiler says to somebody who is shaping a network and slips.
//!
//! Every `compile_fail/*.rs` is a slip. The compiler must refuse it, in at most sixteen lines that
//! hold each `//~ phrase` at the head of the case. On the one compiler whose words are pinned, the
//! message must be that of the `.stderr` file beside it to the letter; newer compilers may phrase
//! it anew. `CONSTPROP_BLESS=1 cargo test --test compile_fail` writes those files. A message that quotes
//! the standard library has none: where its source is installed, the compiler shows more of it.
//! Cases with `//~ off: feature` at their head are for builds without that feature.
//!
//! And every `compile_pass/*.rs` is right, in every edition: crates that forbid unsafe code and deny
//! warnings, and do not import nalgebra.
//!
//! All of them are compiled against the crate as it was built for this test, with its features: cargo would
//! check it, and what it depends on, once more. Builds with flags of their own, as for sanitizers, leave this test out.

use std::any::TypeId;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex};

use constprop::prelude::*;
use constprop::weights::Packed;
use serde_json::Value;

network! {
    struct Checked(1023 => 255 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    struct Unchecked(2000 => 500 Tanh => 1 Identity) minimizing HalfSquaredError;
}

/// The compiler whose messages the `.stderr` files hold.
const PINNED: &str = "rustc 1.95.0 ";

/// What fits a screen beside the code.
const MOST_LINES: usize = 16;

#[test]
fn messages_are_short_and_to_the_point() {
    let bless = std::env::var_os("CONSTPROP_BLESS").is_some();
    let pinned = bless || COMPILER.version().starts_with(PINNED);
    let cases = rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail"));
    assert!(cases.len() > 20, "the cases are gone");
    let folder = folder("wrong");
    let cases: Vec<_> = cases.into_iter().filter(|case| is_for_this_build(case)).collect();
    for case in &cases {
        // Without the phrases, so that a message does not quote them.
        copy(case, &folder, |line| !line.starts_with("//~ "));
    }
    copy_weights(&folder);
    let wrong = side_by_side(&cases, |case| {
        let name = case.file_name().unwrap();
        let output = COMPILER.check(&folder.join("src/bin").join(name), "2024", &[]);
        let message = told(&output, &folder);
        let golden = case.with_extension("stderr");
        let pinned = pinned && !message.contains("/library/core/src/");
        if bless && pinned {
            fs::write(&golden, &message).unwrap();
        }
        let accepted = output.status.success();
        let complaints = complaints(case, accepted, &message, pinned.then_some(&golden));
        complaints
            .iter()
            .map(|complaint| format!("\n{}: {complaint}\n{message}", name.display()))
            .collect::<String>()
    });
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{wrong}");
}

/// So it is the slips that are refused, not everything.
#[test]
fn what_is_right_compiles_in_every_edition() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_pass");
    let folder = folder("right");
    for case in rust_files(&tests) {
        copy(&case, &folder, |_| true);
    }
    copy_weights(&folder);
    pack::<Checked<f32>>(&folder.join("src/bin/checked.bin"));
    pack::<Unchecked<f32>>(&folder.join("src/bin/unchecked.bin"));
    let marked = COMPILER.derives(&tests.join("marked/lib.rs"), &folder);
    let cases = rust_files(&folder.join("src/bin"));
    let each: Vec<_> =
        EDITIONS.iter().flat_map(|edition| cases.iter().map(move |case| (edition, case))).collect();
    let wrong = side_by_side(&each, |(edition, case)| {
        let output = COMPILER.check(case, edition, &[("marked", &marked)]);
        let name = case.file_name().unwrap().display();
        if output.status.success() {
            return String::new();
        }
        format!("\n{name} in {edition}:\n{}", told(&output, &folder))
    });
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whether a case is not about a feature that is on.
fn is_for_this_build(case: &Path) -> bool {
    let source = fs::read_to_string(case).unwrap();
    let mut off = source.lines().filter_map(|line| line.strip_prefix("//~ off: "));
    off.all(|feature| match feature {
        "checkpoint" => !cfg!(feature = "checkpoint"),
        "progress" => !cfg!(feature = "progress"),
        other => panic!("no case is about `{other}`"),
    })
}

fn complaints(case: &Path, accepted: bool, message: &str, golden: Option<&PathBuf>) -> Vec<String> {
    let mut complaints = Vec::new();
    if accepted {
        complaints.push("compiles, and must not".to_owned());
    }
    let lines = message.lines().count();
    if lines > MOST_LINES {
        complaints.push(format!("takes {lines} lines; {MOST_LINES} fit"));
    }
    let source = fs::read_to_string(case).unwrap();
    let phrases = source.lines().filter_map(|line| line.strip_prefix("//~ "));
    let phrases: Vec<_> = phrases.filter(|phrase| !phrase.starts_with("off: ")).collect();
    if phrases.is_empty() {
        complaints.push("names no phrase to look for".to_owned());
    }
    for phrase in phrases.into_iter().filter(|phrase| !message.contains(phrase)) {
        complaints.push(format!("does not say `{phrase}`"));
    }
    if let Some(golden) = golden
        && fs::read_to_string(golden).unwrap_or_default() != message
    {
        complaints.push(format!("is not what {} says", golden.display()));
    }
    complaints
}

/// Those in which `$crate` and absolute paths mean what they do.
const EDITIONS: [&str; 3] = ["2018", "2021", "2024"];

static COMPILER: LazyLock<Compiler> = LazyLock::new(Compiler::new);

/// The compiler, and the crate that it compiles cases against.
struct Compiler {
    rustc: PathBuf,
    dependencies: PathBuf,
    library: PathBuf,
}

impl Compiler {
    fn new() -> Self {
        let asked = std::env::var_os("RUSTC").unwrap_or("rustc".into());
        let sysroot = Command::new(asked).args(["--print", "sysroot"]).output().unwrap();
        let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout).unwrap().trim_end());
        let mut compiler = Self {
            // What stands in front of several toolchains would choose one for every case.
            rustc: sysroot.join("bin/rustc"),
            dependencies: std::env::current_exe().unwrap().parent().unwrap().to_owned(),
            library: PathBuf::new(),
        };
        compiler.library = compiler.library_of_this_test();
        compiler
    }

    /// Other features and profiles leave the crate in the same folder; of those, a type has another id.
    fn library_of_this_test(&self) -> PathBuf {
        let folder = folder("library");
        let source = folder.join("id.rs");
        let id = "fn main() { print!(\"{:?}\", std::any::TypeId::of::<constprop::Error>()) }";
        fs::write(&source, id).unwrap();
        let mut libraries = files_of(&self.dependencies, "rlib");
        libraries.retain(|file| {
            file.file_name().unwrap().to_str().is_some_and(|name| name.starts_with("libconstprop-"))
        });
        libraries
            .sort_by_key(|file| std::cmp::Reverse(file.metadata().unwrap().modified().unwrap()));
        let here = format!("{:?}", TypeId::of::<constprop::Error>());
        let mut said = String::new();
        let is_here = |library: &PathBuf| {
            let program = folder.join("id");
            let _ = fs::remove_file(&program);
            let mut command = self.command(&source, "2024", library);
            let output = command.arg("-o").arg(&program).output().unwrap();
            said += &String::from_utf8_lossy(&output.stderr);
            Command::new(&program).output().is_ok_and(|output| output.stdout == here.as_bytes())
        };
        let found = libraries.into_iter().find(is_here);
        found.unwrap_or_else(|| panic!("none is this crate in {:?}:\n{said}", self.dependencies))
    }

    fn command(&self, source: &Path, edition: &str, library: &Path) -> Command {
        let mut command = Command::new(&self.rustc);
        let mut constprop = std::ffi::OsString::from("constprop=");
        constprop.push(library);
        command
            .arg(source)
            .args(["--edition", edition, "--extern"])
            .arg(constprop)
            .arg("-L")
            .arg(&self.dependencies)
            // Where paths in the crate begin: a message quotes its lines.
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    }

    /// What `cargo check` does with a program; messages are JSON, a line each.
    fn check(&self, source: &Path, edition: &str, externs: &[(&str, &Path)]) -> Output {
        let mut command = self.command(source, edition, &self.library);
        for (name, file) in externs {
            command.arg("--extern").arg(format!("{name}={}", file.display()));
        }
        command.args(["--emit=metadata", "--error-format=json", "--out-dir"]);
        command.arg(source.parent().unwrap().join(edition)).output().unwrap()
    }

    /// A crate of derives, compiled.
    fn derives(&self, source: &Path, folder: &Path) -> PathBuf {
        let mut command = Command::new(&self.rustc);
        command.arg(source).args([
            "--edition=2024",
            "--extern=proc_macro",
            "--crate-type=proc-macro",
            "--crate-name=marked",
        ]);
        let output = command.arg("--out-dir").arg(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        folder.join(format!("{prefix}marked{suffix}"))
    }

    fn version(&self) -> String {
        let output = Command::new(&self.rustc).arg("--version").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Does `work` with each, as many at a time as there are cores; in the order in which they are given.
fn side_by_side<T: Sync, R: Send>(each: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(each.iter().enumerate());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((index, one)) = next.lock().unwrap().next() else { break };
                    let result = work(one);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// A message of the compiler as it stands in a golden file: without its closing summary, and what is said
/// twice, once, as cargo does.
fn told(output: &Output, folder: &Path) -> String {
    let mut messages = Vec::new();
    for line in String::from_utf8(output.stderr.clone()).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        let rendered = message["rendered"].as_str().unwrap().to_owned();
        if !messages.contains(&rendered) {
            messages.push(rendered);
        }
    }
    let message = messages
        .concat()
        .replace("--> src/", "--> $CONSTPROP/src/")
        .replace("::: src/", "::: $CONSTPROP/src/")
        .replace(&format!("{}/", folder.display()), "");
    let closing = |line: &&str| {
        line.starts_with("error: aborting due to")
            || line.starts_with("For more information about this error")
            || line.starts_with("Some errors have detailed explanations")
            || line.starts_with("For more information about an error")
    };
    let lines: Vec<&str> = message.lines().filter(|line| !closing(line)).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

/// An empty folder for programs.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src/bin")).unwrap();
    folder
}

/// Copies a case to the programs of a folder, those of its lines that are `kept`.
fn copy(case: &Path, folder: &Path, kept: impl Fn(&str) -> bool) {
    let source = fs::read_to_string(case).unwrap();
    let lines = source.lines().filter(|line| kept(line));
    let source: String = lines.flat_map(|line| [line, "\n"]).collect();
    fs::write(folder.join("src/bin").join(case.file_name().unwrap()), source).unwrap();
}

/// Puts the weights that cases embed beside them.
fn copy_weights(folder: &Path) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    for weights in files_of(&tests, "bin") {
        let name = weights.file_name().unwrap();
        fs::copy(&weights, folder.join("src/bin").join(name)).unwrap();
    }
}

/// Weights that are too large to be committed.
fn pack<N: Packed>(path: &Path) {
    let mut packed = vec![0; N::PACKED];
    N::boxed_seeded(1).pack(&mut packed).unwrap();
    fs::write(path, packed).unwrap();
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_of(folder, "rs")
}

fn files_of(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == extension)).collect();
    files.sort();
    files
}
