//! Processes that are killed while they save: the file is the earlier one or the new one, whole.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use constprop::data::Standardize;
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{Fit, save, save_scaled};
use constprop::weights::{Dtype, Names, Weights};

network! {
    /// More than a file is written by at once.
    pub struct Net(64 => 256 Tanh => 4 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

/// Writes one of so many files.
type Writer = fn(&Path, usize);

const WRITERS: [(&str, usize, Writer); 6] = [
    ("weights", 2, |path, which| {
        net(which).save(path, Names::pytorch(), Dtype::F32).unwrap();
    }),
    ("net", 2, |path, which| save(net(which), path).unwrap()),
    ("scaled", 2, |path, which| {
        let scale = Standardize::fit(&[[0.0; 64], [1.0 + which as f32; 64]]).unwrap();
        save_scaled(net(which), &scale, &(), path).unwrap();
    }),
    // Each goes on from the one in front, by an epoch.
    ("training", 200, |path, which| drop(train(path, which))),
    ("png", 2, |path, which| train_and_draw(path, which)),
    ("svg", 2, |path, which| train_and_draw(path, which)),
];

fn net(which: usize) -> &'static Net<f32> {
    static NETS: std::sync::OnceLock<[Box<Net<f32>>; 2]> = std::sync::OnceLock::new();
    let made = || {
        [1, 2].map(|seed| {
            let mut net = Net::boxed();
            net.randomize(&mut constprop::rng(seed));
            net
        })
    };
    &NETS.get_or_init(made)[which]
}

const X: [[f64; 1]; 2] = [[0.0], [1.0]];

fn train(path: &Path, which: usize) -> constprop::train::History {
    let (mut line, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
    let fit = Fit::new().epochs(which + 1);
    fit.run_resumable(&mut line, &mut descent, &X, &X, path).unwrap()
}

fn train_and_draw(path: &Path, which: usize) {
    let (mut line, mut descent) = (Line::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
    let history = Fit::new().epochs(which + 2).run(&mut line, &mut descent, &X, &X).unwrap();
    history.draw(path).unwrap();
}

/// Not a test: the process that is killed, which does nothing but save.
#[test]
#[ignore = "run by the test that kills it"]
fn victim() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let path = PathBuf::from(variable("CONSTPROP_VICTIM"));
    let (_, count, write) = WRITERS[variable("CONSTPROP_WRITER").parse::<usize>().unwrap()];
    loop {
        (1..count).chain([0]).for_each(|which| write(&path, which));
    }
}

const KILLS: usize = 100;

fn holds(writer: usize) {
    let (name, count, write) = WRITERS[writer];
    let folder =
        std::env::temp_dir().join(format!("constprop-killed-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("file.{name}"));
    let begin = Instant::now();
    let whole: Vec<Vec<u8>> = (0..count)
        .map(|which| {
            write(&path, which);
            fs::read(&path).unwrap()
        })
        .collect();
    assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), count);
    let once = begin.elapsed() / u32::try_from(count).unwrap();

    let mut rng = constprop::rng(1);
    let (mut drafts, mut found) = (0, BTreeSet::new());
    for kill in 0..KILLS {
        // A training that is over would write nothing.
        fs::write(&path, &whole[0]).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "victim", "--nocapture"])
            .env("CONSTPROP_VICTIM", &path)
            .env("CONSTPROP_WRITER", writer.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It has begun when it says so; behind the first file it is killed at the latest.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        // On a machine that has become slower, later.
        let longer = if found.len() < 2 { 1.3 + kill as f64 / 10.0 } else { 1.3 };
        let patience = once.mul_f64(rng.random_range(0.0..longer));
        std::thread::sleep(patience + Duration::from_micros(500));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        let bytes = fs::read(&path).unwrap();
        assert!(whole.contains(&bytes), "{name}, kill {kill}: {} bytes of no file", bytes.len());
        found.insert(bytes);
        for entry in fs::read_dir(&folder).unwrap() {
            let other = entry.unwrap().path();
            if other != path {
                drafts += 1;
                fs::remove_file(other).unwrap();
            }
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    println!("{name}: {drafts} drafts of {KILLS} kills, {} files, {once:?}", found.len());
    assert!(drafts > 0, "{name}: nobody was killed while he wrote");
    assert!(found.len() > 1, "{name}: nothing was written");
}

#[test]
fn weights_are_whole() {
    holds(0);
}

#[test]
fn networks_are_whole() {
    holds(1);
}

#[test]
fn networks_with_scaling_are_whole() {
    holds(2);
}

#[test]
fn trainings_are_whole() {
    holds(3);
}

#[test]
fn bitmaps_are_whole() {
    holds(4);
}

#[test]
fn drawings_are_whole() {
    holds(5);
}
