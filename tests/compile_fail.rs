//! What the compiler says to somebody who is shaping a network and slips.
//!
//! Every `compile_fail/*.rs` is a slip. `cargo check` must refuse it, in at most sixteen lines that
//! hold each `//~ phrase` at the head of the case. On the one compiler whose words are pinned, the
//! message must be that of the `.stderr` file beside it to the letter; newer compilers may phrase
//! it anew. `CONSTPROP_BLESS=1 cargo test --test compile_fail` writes those files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    for case in project.cases() {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let (accepted, message) = project.check(name);
        let golden = case.with_extension("stderr");
        if bless {
            fs::write(&golden, &message).unwrap();
        }
        let complaints = complaints(&case, accepted, &message, pinned.then_some(&golden));
        for complaint in complaints {
            wrong += &format!("\n{name}: {complaint}\n{message}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A crate that forbids unsafe code, denies warnings, and does not import nalgebra compiles: so it
/// is the slips that are refused, not everything.
#[test]
fn what_is_right_compiles() {
    let (accepted, message) = Project::new().check("right");
    assert!(accepted, "{message}");
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

/// A package with every case as a binary.
struct Project {
    folder: PathBuf,
}

impl Project {
    fn new() -> Self {
        static MADE: std::sync::OnceLock<()> = std::sync::OnceLock::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
        MADE.get_or_init(|| {
            let binaries = folder.join("src/bin");
            let _ = fs::remove_dir_all(&binaries);
            fs::create_dir_all(&binaries).unwrap();
            let manifest = format!(
                "[workspace]\n[package]\nname = \"cases\"\nedition = \"2024\"\n\
                 [dependencies]\nconstprop.path = {:?}\n",
                root
            );
            fs::write(folder.join("Cargo.toml"), manifest).unwrap();
            fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
            for case in fs::read_dir(root.join("tests/compile_fail")).unwrap() {
                let case = case.unwrap().path();
                if case.extension().is_some_and(|extension| extension == "rs") {
                    // Without the phrases, so that a message does not quote them.
                    let source = fs::read_to_string(&case).unwrap();
                    let lines = source.lines().filter(|line| !line.starts_with("//~ "));
                    let source: String = lines.flat_map(|line| [line, "\n"]).collect();
                    fs::write(binaries.join(case.file_name().unwrap()), source).unwrap();
                }
            }
            let right = root.join("tests/compile_pass/right.rs");
            fs::copy(right, binaries.join("right.rs")).unwrap();
        });
        Self { folder }
    }

    fn cases(&self) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let is_case = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
        let mut cases: Vec<_> = files.filter(is_case).collect();
        cases.sort();
        assert!(cases.len() > 20, "the cases are gone");
        cases
    }

    /// Whether a case compiles, and the compiler's message without its closing summary.
    fn check(&self, name: &str) -> (bool, String) {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--quiet", "--color", "never", "--bin", name])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            // Flags of the run that this is a part of: sanitizers, denied warnings, coverage.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        let message = message.replace(env!("CARGO_MANIFEST_DIR"), "$CONSTPROP");
        let closing = |line: &&str| {
            line.starts_with("error: could not compile")
                || line.starts_with("For more information about this error")
                || line.starts_with("Some errors have detailed explanations")
                || line.starts_with("For more information about an error")
        };
        let lines: Vec<&str> = message.lines().filter(|line| !closing(line)).collect();
        (output.status.success(), format!("{}\n", lines.join("\n").trim_end()))
    }

    fn rustc_version(&self) -> String {
        let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
        String::from_utf8(Command::new(rustc).arg("--version").output().unwrap().stdout).unwrap()
    }
}
