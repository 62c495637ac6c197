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

/// The modules of this crate that a text names, but for what it hands on by `pub use`.
fn named(module: &Module, text: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    for (start, _) in text.match_indices("use ") {
        let before = text[..start].rsplit('\n').next().unwrap_or_default().trim();
        let tree = text[start + 4..].split(';').next().unwrap();
        if before.is_empty()
            && ["crate::", "super::", "self::"].iter().any(|to| tree.starts_with(to))
        {
            paths.extend(leaves(tree));
        }
    }
    for (start, _) in text.match_indices("crate::") {
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        if !line.ends_with('$')
            && !line.trim_start().starts_with("use ")
            && !line.contains("pub use")
        {
            let path = &text[start..];
            let end = path.find(|c: char| c != ':' && c != '_' && !c.is_alphanumeric());
            paths.push(path[..end.unwrap_or(path.len())].to_owned());
        }
    }
    let absolute = |path: &String| {
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
    };
    paths.iter().map(absolute).collect()
}

/// For every file, the files that it depends on.
fn dependencies() -> BTreeMap<Module, BTreeSet<Module>> {
    let sources = sources();
    let file_of = |mut path: Module| {
        while !path.is_empty() && !sources.contains_key(&path) {
            path.pop();
        }
        path
    };
    let of = |(module, text): (&Module, &String)| {
        let names = named(module, text).into_iter().map(file_of);
        let others = names.filter(|other| other != module && !other.is_empty());
        (module.clone(), others.collect())
    };
    sources.iter().map(of).collect()
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
    for (module, others) in dependencies() {
        if module.is_empty() {
            continue;
        }
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

/// The files of the trait `Network` and of the types that its methods take and give are a ring; no other
/// is larger, and none has a pass in it.
#[test]
fn rings_are_small_and_have_no_pass_in_them() {
    let graph = dependencies();
    let network = ["gradient", "network", "regularization", "shapes::summary", "workspace"];
    for module in graph.keys() {
        let ring = reached(&graph, module);
        if !ring.contains(module) {
            continue;
        }
        let ring = ring.iter().filter(|other| reached(&graph, other).contains(module));
        let ring: Vec<String> = ring.map(|module| module.join("::")).collect();
        assert!(ring == network || ring.len() <= 3, "a ring of {ring:?}");
        let has_pass =
            ring.iter().any(|name| name.starts_with("fast::passes") || name == "fast::list");
        assert!(!has_pass, "a pass in the ring of {ring:?}");
    }
}

#[test]
fn trees_of_use_are_read() {
    assert_eq!(leaves("a::b"), ["a::b"]);
    assert_eq!(
        leaves("a::{self, b as c, d::{e, f}, g}"),
        ["a::self", "a::b", "a::d::e", "a::d::f", "a::g"]
    );
    let text = "use super::x::Y;\npub use z::W;\nfn f() { crate::q::r(); $crate::s::t(); }";
    let names = named(&vec!["a".to_owned(), "b".to_owned()], text);
    assert_eq!(names, [vec!["a", "x", "Y"], vec!["q", "r"]]);
}
