//! What `fuzz/` tries with bytes, on its corpora and on changes of them. `scripts/fuzz` goes on from there.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::PathBuf;

use constprop::data::Standardize;
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{EarlyStopping, Fit, save_scaled};
use constprop::weights::{Dtype, Names, Packed, Weights};
use targets::Net;

fn corpus(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

/// Some bytes of another one, fewer, more, or flipped.
fn change(bytes: &mut Vec<u8>, other: &[u8], rng: &mut impl RngExt) {
    let at = rng.random_range(0..=bytes.len());
    let end = (at + rng.random_range(0..16)).min(bytes.len());
    match rng.random_range(0..5) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => bytes[at..end].fill(rng.random()),
        3 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
        _ => {
            let from = rng.random_range(0..=other.len());
            let to = (from + rng.random_range(0..16)).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
    }
}

/// Every file, and `changes` of them.
fn holds(target: &str, run: fn(&[u8]), changes: usize) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(corpus(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let files: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(files.len() >= 4, "{target} has {} files", files.len());
    files.iter().for_each(|bytes| run(bytes));
    let mut rng = constprop::rng(1);
    for _ in 0..changes {
        let [mut bytes, other] =
            std::array::from_fn(|_| files[rng.random_range(0..files.len())].clone());
        for _ in 0..rng.random_range(1..4) {
            change(&mut bytes, &other, &mut rng);
        }
        run(&bytes);
    }
}

#[test]
fn safetensors() {
    holds("safetensors", targets::safetensors, 3000);
}

#[test]
fn packed() {
    holds("packed", targets::packed, 20_000);
}

#[test]
fn checkpoint() {
    holds("checkpoint", targets::checkpoint, 1000);
}

#[test]
fn csv() {
    holds("csv", targets::csv, 20_000);
}

#[test]
fn idx() {
    holds("idx", targets::idx, 20_000);
}

/// Not a test: what the corpora of files that we write began with.
#[test]
#[ignore = "writes fuzz/corpus"]
fn corpora() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(corpus(target)).unwrap();
        fs::write(corpus(target).join(name), bytes).unwrap();
    };
    let net = Net::<f64>::seeded(1);
    let by_hand = Names::keras().layers(&["a", "b"]);
    for (name, names, dtype) in [
        ("ours", Names::ours(), Dtype::F64),
        ("pytorch", Names::pytorch().prefix("net."), Dtype::F32),
        ("keras", Names::keras(), Dtype::F16),
        ("layers", by_hand, Dtype::Bf16),
    ] {
        let mut buffer = [0; 4096];
        let length = net.write_safetensors_into(names, dtype, &mut buffer).unwrap();
        put("safetensors", name, &buffer[..length]);
    }
    let mut packed = [0; Net::<f64>::PACKED];
    net.pack(&mut packed).unwrap();
    put("packed", "f64", &packed);
    put("packed", "twice", &[&packed[..], &packed].concat());
    put("packed", "cut", &packed[..100]);
    let mut packed = [0; Net::<f32>::PACKED];
    Net::<f32>::seeded(1).pack(&mut packed).unwrap();
    put("packed", "f32", &packed);

    let (x, y) = ([[0.5, -1.0], [0.25, 2.0], [-1.0, 0.5]], [[1.0], [-0.5], [0.0]]);
    fs::create_dir_all(corpus("checkpoint")).unwrap();
    let file = |name: &str| corpus("checkpoint").join(name);
    constprop::train::save(&net, file("network")).unwrap();
    save_scaled(&net, &Standardize::fit(&x).unwrap(), &(), file("scaled")).unwrap();
    for (name, early) in [("training", false), ("early", true)] {
        let (mut net, mut adam) = (net.clone(), Adam::new(AdamSettings::default()).unwrap());
        let fit = Fit::new().epochs(2);
        let fit = if early { fit.early_stopping(EarlyStopping::patience(5)) } else { fit };
        fit.run_resumable(&mut net, &mut adam, &x, &y, file(name)).unwrap();
    }
}
