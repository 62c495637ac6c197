//! Checkpoints go on with any number of ranks.

use std::path::PathBuf;
use std::{env, fs};

use constprop::prelude::*;
use constprop::train::{EarlyStopping, Fit};
use constprop_mpi::{Error, OverRanks, Ranks};

use super::nets::{Classes, bits, classes, inputs};
use super::run;

pub fn fit(epochs: usize) -> Fit<'static, Classes<f32>> {
    let fit = Fit::new().epochs(epochs).batch(300).seed(8).validation_split(0.2);
    fit.early_stopping(EarlyStopping::patience(100))
}

pub fn examples() -> (Vec<[f32; 5]>, Vec<[f32; 3]>) {
    let x = inputs::<5>(800);
    let y = classes(&x);
    (x, y)
}

/// `resumed PATH EPOCHS`.
pub fn train(ranks: &Ranks) {
    let arguments: Vec<String> = env::args().collect();
    let (path, epochs) = (&arguments[2], arguments[3].parse().unwrap());
    let (x, y) = examples();
    let part = ranks.part(800);
    let mut net = Classes::<f32>::seeded(3);
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    let (px, py) = (&x[part.clone()], &y[part]);
    fit(epochs).over(ranks).run_resumable(&mut net, &mut adam, px, py, path).unwrap();
}

pub fn folder() -> PathBuf {
    let folder = env::temp_dir().join(format!("constprop-mpi-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn by_other_numbers_of_ranks() {
    let folder = folder();
    let [whole, parts] = ["whole.safetensors", "parts.safetensors"].map(|name| folder.join(name));
    let (x, y) = examples();
    let mut net = Classes::<f32>::seeded(3);
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    fit(6).run_resumable(&mut net, &mut adam, &x, &y, &whole).unwrap();
    for (ranks, epochs) in [(3, "1"), (2, "2"), (4, "3"), (1, "4"), (7, "5")] {
        let status = run(ranks, &["resumed", parts.to_str().unwrap(), epochs]);
        assert!(status.success(), "{ranks} ranks");
    }
    // The last one without ranks.
    let mut net = Classes::<f32>::seeded(3);
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    fit(6).run_resumable(&mut net, &mut adam, &x, &y, &parts).unwrap();
    assert_eq!(fs::read(&whole).unwrap(), fs::read(&parts).unwrap(), "the files differ");
    fs::remove_dir_all(folder).unwrap();
    println!("a file by 3, 2, 4, 1 and 7 ranks, and none: ok");
}

/// The same error on every rank.
pub fn files_that_fail(ranks: &Ranks) {
    let (x, y) = examples();
    let part = ranks.part(800);
    let mut net = Classes::<f32>::seeded(3);
    let before = bits(net.parameters());
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    let (px, py) = (&x[part.clone()], &y[part]);
    let path = "/nowhere/at/all.safetensors";
    let failure = fit(1).over(ranks).run_resumable(&mut net, &mut adam, px, py, path).unwrap_err();
    assert!(matches!(failure.error, Error::Checkpoint(_)));
    let said = "checkpoint /nowhere/at/all.safetensors: No such file or directory (os error 2)";
    assert_eq!(failure.error.to_string(), said);
    assert_eq!(bits(net.parameters()), before);
}
