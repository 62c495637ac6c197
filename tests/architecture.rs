//! What may depend on what: `use` and paths of `src` against the picture in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of `src` as the path of its module.
type Module = Vec<String>;

fn files_of(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_of(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn module_of(src: &Path, file: &Path) -> Module {
    let path = file.strip_prefix(src).unwrap().with_extension("");
    let mut module: Module =
        path.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// Every file's text without comments, and without what is for tests alone.
fn sources() -> BTreeMap<Module, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    files_of(&src, &mut files);
    let is_code = |module: &Module| {
        // `by_hand.rs` is documentation, and `tests` are for tests.
        module.last().is_none_or(|last| last != "by_hand") && !module.contains(&"tests".to_owned())
    };
    let text = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().map(|line| line.split("//").next().unwrap());
        let text: Vec<&str> = lines.collect();
        let text = text.join("\n");
        text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()
    };
    let modules = files.iter().map(|file| (module_of(&src, file), text(file)));
    modules.filter(|(module, _)| is_code(module)).collect()
}

/// The paths that a tree of `use` names: `a::{b, c::d}` is a::b and a::c::d.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((front, group)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().to_owned()];
    };
    let (mut depth, mut part, mut parts) = (0, String::new(), Vec::new());
    for character in group.trim_end_matches('}').chars().chain([',']) {
        match character {
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth += i32::from(character == '{') - i32::from(character == '}');
                part.push(character);
            }
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    let close = |part: &String| match part.matches('{').count() - part.matches('}').count() {
        0 => part.clone(),
        open => format!("{part}{}", "}".repeat(open)),
    };
    parts.flat_map(|part| leaves(&format!("{front}{}", close(part).trim()))).collect()
}

/// The trees of all `use` of a text: those that hand something on, and the others.
fn uses(text: &str) -> [Vec<String>; 2] {
    let (mut handed_on, mut own) = (Vec::new(), Vec::new());
    for (start, _) in text.match_indices("use ") {
        let before = text[..start].rsplit('\n').next().unwrap_or_default().trim();
        let tree = text[start + 4..].split(';').next().unwrap();
        if before.is_empty() {
            own.extend(leaves(tree));
        } else if before.starts_with("pub") {
            handed_on.extend(leaves(tree));
        }
    }
    [handed_on, own]
}

/// The paths in expressions and types that begin with `crate::` or `super::`.
fn paths_in_code(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for begin in ["crate::", "super::"] {
        for (start, _) in text.match_indices(begin) {
            let line = text[..start].rsplit('\n').next().unwrap_or_default();
            let is_part = line.ends_with(['$', ':', '_']) || line.ends_with(char::is_alphanumeric);
            if !is_part && !line.contains("use ") {
                let path = &text[start..];
                let end = path.find(|c: char| c != ':' && c != '_' && !c.is_alphanumeric());
                let path = &path[..end.unwrap_or(path.len())];
                // In a module within the file, one `super` is the file itself.
                let within = text[..start].rfind("\nmod ") > text[..start].rfind("\n}");
                let path = if within { path.strip_prefix("super::").unwrap_or(path) } else { path };
                paths.push(path.to_owned());
            }
        }
    }
    paths
}

/// A path as it is from the root; one that begins with a name may be that of a child.
fn absolute(module: &Module, path: &str) -> Module {
    let mut at = module.clone();
    for part in path.split("::").map(str::trim) {
        match part {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" | "" => {}
            name => at.push(name.to_owned()),
        }
    }
    at
}

/// The files, and of each the names that it hands on from elsewhere.
struct Crate {
    sources: BTreeMap<Module, String>,
    handed_on: BTreeMap<Module, BTreeMap<String, Module>>,
}

impl Crate {
    fn new() -> Self {
        let sources = sources();
        let of = |(module, text): (&Module, &String)| {
            let [handed_on, _] = uses(text);
            let paths = handed_on.iter().map(|path| absolute(module, path));
            // What a prelude hands on stands in its own crate's root.
            let others = paths.filter(|path| path[..path.len() - 1] != module[..]);
            let names = others.map(|path| (path.last().unwrap().clone(), path));
            (module.clone(), names.collect())
        };
        let handed_on = sources.iter().map(of).collect();
        Self { sources, handed_on }
    }

    /// The file in which what a path names stands, if it is of this crate.
    fn file_of(&self, path: &Module) -> Module {
        let mut file = path.clone();
        while !self.sources.contains_key(&file) {
            file.pop();
        }
        match path.get(file.len()).and_then(|name| self.handed_on[&file].get(name)) {
            Some(from) if from != path && self.sources.contains_key(&from[..1]) => {
                self.file_of(from)
            }
            _ => file,
        }
    }

    /// For every file, the files that it depends on.
    fn dependencies(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let of = |(module, text): (&Module, &String)| {
            let [_, mut paths] = uses(text);
            paths.extend(paths_in_code(text));
            let files: Vec<Module> = paths.iter().map(|path| absolute(module, path)).collect();
            let files = files.iter().map(|path| self.file_of(path));
            let others = files.filter(|other| other != module && !other.is_empty());
            (module.clone(), others.collect())
        };
        self.sources.iter().filter(|(module, _)| !module.is_empty()).map(of).collect()
    }
}

/// The lines of the picture, and the names in each.
fn picture() -> Vec<Vec<Module>> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"));
    let page = page.unwrap();
    let picture = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let module = |name: &str| name.split("::").map(str::to_owned).collect::<Module>();
    picture.lines().map(|line| line.split_whitespace().map(module).collect()).collect()
}

#[test]
fn dependencies_run_upwards_in_the_picture() {
    let picture = picture();
    assert!(picture.len() > 5);
    let line_of = |module: &Module| {
        let fits = |line: &Vec<Module>| {
            let names = line.iter().filter(|name| module.starts_with(name));
            names.map(|name| name.len()).max()
        };
        let fitting = picture.iter().enumerate().filter_map(|(at, line)| Some((fits(line)?, at)));
        fitting.max_by_key(|&(length, _)| length).map(|(_, at)| at)
    };
    for (module, others) in Crate::new().dependencies() {
        let at = line_of(&module);
        assert!(at.is_some(), "{} is not in the picture", module.join("::"));
        for other in others {
            let (from, to) = (module.join("::"), other.join("::"));
            assert!(line_of(&other) <= at, "{from} depends on {to}, which is below it");
        }
    }
}

/// Whoever can be reached from `from`.
fn reached(graph: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(module) = left.pop() {
        for other in &graph[module] {
            if seen.insert(other.clone()) {
                left.push(other);
            }
        }
    }
    seen
}

/// The files of the trait `Network` and of the types that its methods take and give are a ring; there are
/// few others, smaller, and none has a pass in it.
#[test]
fn rings_are_small_and_have_no_pass_in_them() {
    let graph = Crate::new().dependencies();
    let allowed: [&[&str]; 7] = [
        &[
            "gradient",
            "network",
            "network::dispatch",
            "network::fields",
            "regularization",
            "shapes::summary",
            "workspace",
        ],
        &[
            "second_order::levenberg",
            "second_order::levenberg::conjugate",
            "second_order::levenberg::model",
            "second_order::levenberg::normal",
            "second_order::levenberg::rows",
            "second_order::levenberg::settings",
        ],
        &["data::csv", "data::csv::classes", "data::csv::table"],
        &["data::csv::columns", "data::csv::fault"],
        &["data::error", "data::idx"],
        &["fast::product", "fast::registers"],
        &["train::alone", "train::company", "train::course", "train::examples", "train::fit"],
    ];
    for module in graph.keys() {
        let ring = reached(&graph, module);
        if !ring.contains(module) {
            continue;
        }
        let ring = ring.iter().filter(|other| reached(&graph, other).contains(module));
        let ring: Vec<String> = ring.map(|module| module.join("::")).collect();
        assert!(allowed.iter().any(|allowed| ring == *allowed), "a ring of {ring:?}");
    }
}

/// Where links in the docs of other crates lead.
#[test]
fn docs_are_those_of_this_version() {
    let root = concat!("https://docs.rs/constprop/", env!("CARGO_PKG_VERSION"));
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    assert!(lib.contains(&format!("html_root_url = \"{root}\"")), "{root}");
}

#[test]
fn trees_of_use_are_read() {
    assert_eq!(leaves("a::b"), ["a::b"]);
    assert_eq!(
        leaves("a::{self, b as c, d::{e, f}, g}"),
        ["a::self", "a::b", "a::d::e", "a::d::f", "a::g"]
    );
    let text = "use super::x::Y;\npub use z::W;\nuse c::D;\nfn f() { crate::q::r(); $crate::s::t(); \
                super::super::u::v() }";
    let [handed_on, own] = uses(text);
    assert_eq!(handed_on, ["z::W"]);
    assert_eq!(own, ["super::x::Y", "c::D"]);
    assert_eq!(paths_in_code(text), ["crate::q::r", "super::super::u::v"]);
    let module = ["a".to_owned(), "b".to_owned()].to_vec();
    assert_eq!(absolute(&module, "super::x::Y"), ["a", "x", "Y"]);
    let names = Crate::new();
    let path = |path: &str| path.split("::").map(str::to_owned).collect::<Module>();
    assert_eq!(names.file_of(&path("Network")), ["network"]);
    assert_eq!(names.file_of(&path("Trace")), ["network", "fields"]);
    assert_eq!(names.file_of(&path("shapes::Summary")), ["shapes", "summary"]);
    assert_eq!(names.file_of(&path("core::fmt")), Module::new());
}

/// With `autotests = false` a test that no manifest names would never run.
#[test]
fn every_test_belongs_to_a_package() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let (of_crate, of_tests) = (manifest("Cargo.toml"), manifest("tests/Cargo.toml"));
    for entry in fs::read_dir(root.join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let main = if path.is_dir() { path.join("main.rs") } else { path };
        if main.extension().is_none_or(|extension| extension != "rs") || !main.exists() {
            continue;
        }
        let name = main.strip_prefix(root.join("tests")).unwrap().display();
        let named = |manifest: &str, folder: &str| {
            manifest.contains(&format!("\npath = \"{folder}{name}\"\n"))
        };
        assert!(
            named(&of_crate, "tests/") != named(&of_tests, ""),
            "tests/{name} must stand in one of the two manifests"
        );
    }
}

/// What `main() -> Result` prints of an error is its text.
#[test]
fn no_error_derives_debug() {
    let mut errors = 0;
    for (module, text) in sources() {
        for line in text.lines() {
            let Some((_, of)) = line.split_once("Error for ").filter(|_| line.starts_with("impl"))
            else {
                continue;
            };
            let name = of.split(['<', ' ', '{']).next().unwrap();
            let own = [format!("debug_is_display!({name}"), format!("fmt::Debug for {name}")];
            assert!(own.iter().any(|own| text.contains(own)), "{module:?}: {name}");
            errors += 1;
        }
    }
    assert!(errors >= 10, "{errors} errors");
}
