//! What the compiler says to somebody who is shaping a network and slips.
//!
//! Every `compile_fail/*.rs` is a slip. `cargo check` must refuse it, in at most sixteen lines that
//! hold each `//~ phrase` at the head of the case. On the one compiler whose words are pinned, the
//! message must be that of the `.stderr` file beside it to the letter; newer compilers may phrase
//! it anew. `CONSTPROP_BLESS=1 cargo test --test compile_fail` writes those files. A message that quotes
//! the standard library has none: where its source is installed, the compiler shows more of it.
//!
//! And every `compile_pass/*.rs` is right, in every edition: crates that forbid unsafe code and deny
//! warnings, and do not import nalgebra.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
    let project = Project::new();
    let bless = std::env::var_os("CONSTPROP_BLESS").is_some();
    let pinned = bless || project.rustc_version().starts_with(PINNED);
    let mut wrong = String::new();
    let mut messages = project.messages();
    for case in project.cases() {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let (accepted, message) = messages.remove(name).unwrap_or_default();
        let golden = case.with_extension("stderr");
        let pinned = pinned && !message.contains("/library/core/src/");
        if bless && pinned {
            fs::write(&golden, &message).unwrap();
        }
        let complaints = complaints(&case, accepted, &message, pinned.then_some(&golden));
        for complaint in complaints {
            wrong += &format!("\n{name}: {complaint}\n{message}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// So it is the slips that are refused, not everything.
#[test]
fn what_is_right_compiles_in_every_edition() {
    let output = Project::new().check(&["--workspace", "--exclude", "cases", "--bins"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
    let phrases: Vec<_> = source.lines().filter_map(|line| line.strip_prefix("//~ ")).collect();
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

/// A package with every slip as a binary, and for each edition one with what is right.
struct Project {
    folder: PathBuf,
}

impl Project {
    fn new() -> Self {
        static MADE: std::sync::OnceLock<()> = std::sync::OnceLock::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
        MADE.get_or_init(|| {
            let _ = fs::remove_dir_all(folder.join("src"));
            let right = EDITIONS.map(|edition| format!("right{edition}"));
            let members =
                format!("[workspace]\nmembers = {:?}\n", [&right[..], &["marked".into()]].concat());
            // What is written with a feature compiles wherever the rest does; and all of them take one build.
            let depends =
                format!("[dependencies.constprop]\npath = {root:?}\nfeatures = [\"serde\"]\n");
            package(&folder, "cases", "2024", &(members + &depends));
            // Without the phrases, so that a message does not quote them.
            copy(&root.join("tests/compile_fail"), &folder, |line| !line.starts_with("//~ "));
            for (name, edition) in right.iter().zip(EDITIONS) {
                let folder = folder.join(name);
                package(
                    &folder,
                    name,
                    edition,
                    &format!("{depends}[dependencies.marked]\npath = \"../marked\"\n"),
                );
                copy(&root.join("tests/compile_pass"), &folder, |_| true);
                copy_weights(&root.join("tests/compile_fail"), &folder);
                pack::<Checked<f32>>(&folder.join("src/bin/checked.bin"));
                pack::<Unchecked<f32>>(&folder.join("src/bin/unchecked.bin"));
            }
            copy_weights(&root.join("tests/compile_fail"), &folder);
            let marked = folder.join("marked");
            package(&marked, "marked", "2024", "[lib]\nproc-macro = true\n");
            fs::copy(root.join("tests/compile_pass/marked/lib.rs"), marked.join("src/lib.rs"))
                .unwrap();
            fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        });
        Self { folder }
    }

    fn cases(&self) -> Vec<PathBuf> {
        let cases = rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail"));
        assert!(cases.len() > 20, "the cases are gone");
        cases
    }

    /// Of each case whether it compiles, and the compiler's message without its closing summary.
    fn messages(&self) -> BTreeMap<String, (bool, String)> {
        // All of them at once: cargo takes as long to begin as most cases.
        let output = self.check(&["--bins", "--keep-going", "--message-format", "json"]);
        let mut said = BTreeMap::<String, (bool, Vec<String>)>::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if line["target"]["kind"] != serde_json::json!(["bin"]) {
                continue;
            }
            let name = line["target"]["name"].as_str().unwrap();
            let (accepted, messages) = said.entry(name.to_owned()).or_default();
            *accepted |= line["reason"] == "compiler-artifact";
            // What is said twice, cargo shows once.
            if let Some(message) = line["message"]["rendered"].as_str()
                && !messages.iter().any(|before| before == message)
            {
                messages.push(message.to_owned());
            }
        }
        assert!(!said.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = |(accepted, messages): (bool, Vec<String>)| (accepted, told(&messages.concat()));
        said.into_iter().map(|(name, messages)| (name, told(messages))).collect()
    }

    fn check(&self, what: &[&str]) -> Output {
        Command::new(env!("CARGO"))
            .args(["check", "--offline", "--quiet", "--color", "never"])
            .args(what)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            // Flags of the run that this is a part of: sanitizers, denied warnings, coverage.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .output()
            .unwrap()
    }

    fn rustc_version(&self) -> String {
        let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
        String::from_utf8(Command::new(rustc).arg("--version").output().unwrap().stdout).unwrap()
    }
}

/// A message of the compiler as it stands in a golden file.
fn told(message: &str) -> String {
    let message = message.replace(env!("CARGO_MANIFEST_DIR"), "$CONSTPROP");
    let closing = |line: &&str| {
        line.starts_with("error: aborting due to")
            || line.starts_with("For more information about this error")
            || line.starts_with("Some errors have detailed explanations")
            || line.starts_with("For more information about an error")
    };
    let lines: Vec<&str> = message.lines().filter(|line| !closing(line)).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

/// Makes the manifest of a package, and room for its binaries.
fn package(folder: &Path, name: &str, edition: &str, rest: &str) {
    let _ = fs::remove_dir_all(folder.join("src"));
    fs::create_dir_all(folder.join("src/bin")).unwrap();
    let manifest = format!("[package]\nname = {name:?}\nedition = {edition:?}\n{rest}");
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
}

/// Copies every case to the binaries of a package, those of its lines that are `kept`.
fn copy(from: &Path, to: &Path, kept: impl Fn(&str) -> bool) {
    for case in rust_files(from) {
        let source = fs::read_to_string(&case).unwrap();
        let lines = source.lines().filter(|line| kept(line));
        let source: String = lines.flat_map(|line| [line, "\n"]).collect();
        fs::write(to.join("src/bin").join(case.file_name().unwrap()), source).unwrap();
    }
}

/// Puts the weights that cases embed beside them.
fn copy_weights(from: &Path, to: &Path) {
    for weights in files_of(from, "bin") {
        let name = weights.file_name().unwrap();
        fs::copy(&weights, to.join("src/bin").join(name)).unwrap();
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
