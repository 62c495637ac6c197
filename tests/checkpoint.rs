//! Trainings that are killed, files that are damaged or of something else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use constprop::data::{MinMax, Standardize};
use constprop::layer::{L1, L3};
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{
    CheckpointError, Control, EarlyStopping, End, Fit, History, accuracy, load, load_scaled, save,
    save_scaled,
};
use constprop::{Clip, Dropout, Error, Learning, Plateau, Schedule};

network! {
    #[derive(Clone, PartialEq)]
    pub struct Net(4 => 12 Tanh => 8 Gelu => 3 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    #[derive(Clone)]
    pub struct Other(4 => 12 Tanh => 8 Elu => 3 Softmax) minimizing CategoricalCrossEntropy;
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("constprop-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("training.safetensors")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn examples(m: usize) -> (Vec<[f32; 4]>, Vec<[f32; 3]>) {
    let mut rng = constprop::rng(1);
    let x: Vec<[f32; 4]> =
        (0..m).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let y = x.iter().map(|x| one_hot(argmax(&x[..3]).unwrap()).unwrap()).collect();
    (x, y)
}

const EPOCHS: usize = 250;

fn fit(dropout: &Dropout<2>) -> Fit<'_, Net<f32>> {
    Fit::new()
        .epochs(EPOCHS)
        .batch(16)
        .seed(3)
        .validation_split(0.2)
        .schedule(Schedule::exponential(0.999).unwrap())
        .reduce_on_plateau(Plateau::new(0.9, 5).unwrap())
        .early_stopping(EarlyStopping::patience(10_000))
        .dropout(dropout)
        .metric("accuracy", accuracy)
}

/// A whole training with everything that has a state, into `path` if there is one.
fn training(path: Option<&Path>) -> (Net<f32>, Adam<Net<f32>>, History) {
    let (x, y) = examples(100);
    let dropout = Dropout::new([0.1, 0.2], 5).unwrap();
    let (mut net, mut adam) = (Net::seeded(2), Adam::new(AdamSettings::default()).unwrap());
    let history = match path {
        Some(path) => fit(&dropout).run_resumable(&mut net, &mut adam, &x, &y, path).unwrap(),
        None => fit(&dropout).run(&mut net, &mut adam, &x, &y).unwrap(),
    };
    (net, adam, history)
}

/// Another, of `f64`, by another optimizer, which early stopping ends.
fn short_training(path: Option<&Path>) -> (Net<f64>, History) {
    let mut rng = constprop::rng(3);
    let x: Vec<[f64; 4]> =
        (0..60).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let y: Vec<[f64; 3]> = (0..60).map(|_| one_hot(rng.random_range(0..3)).unwrap()).collect();
    let (mut net, mut momentum) = (Net::seeded(2), Momentum::new(0.05, 0.9).unwrap().nesterov());
    let fit = Fit::new().epochs(2000).batch(7).validation_split(0.3).clip(Clip::norm(1.0).unwrap());
    let fit = fit.early_stopping(EarlyStopping::patience(60));
    let history = match path {
        Some(path) => fit.run_resumable(&mut net, &mut momentum, &x, &y, path).unwrap(),
        None => fit.run(&mut net, &mut momentum, &x, &y).unwrap(),
    };
    (net, history)
}

/// Not a test: the process that the next ones kill.
#[test]
#[ignore = "run by the tests that kill it"]
fn victim() {
    if let Some(path) = std::env::var_os("CONSTPROP_VICTIM") {
        training(Some(Path::new(&path)));
    }
    if let Some(path) = std::env::var_os("CONSTPROP_SHORT_VICTIM") {
        short_training(Some(Path::new(&path)));
    }
}

/// Kills the victim at random moments until it comes to its end; gives how often, and how many
/// different files it left.
#[cfg(unix)]
fn kill_until_it_ends(variable: &str, path: &Path, seed: u64, longest: u64) -> (u64, usize) {
    let mut rng = constprop::rng(seed);
    let victim = std::env::current_exe().unwrap();
    let begin = Instant::now();
    let (mut kills, mut files) = (0, std::collections::BTreeSet::new());
    loop {
        let mut child = Command::new(&victim)
            .args(["--ignored", "--exact", "victim"])
            .env(variable, path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed in a while of its own, unless it has come to the end: later ones get longer, so
        // that it ends on a slow machine too.
        let patience = rng.random_range(1..longest) + kills * kills / 50;
        std::thread::sleep(Duration::from_millis(patience));
        // SIGKILL: nothing of it runs any more.
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if status.success() {
            return (kills, files.len());
        }
        kills += 1;
        files.extend(fs::read(path).ok());
        assert!(begin.elapsed() < Duration::from_secs(120), "{kills} kills, and no end");
    }
}

/// However often and whenever it is killed, it ends with the bits of a training that was not.
#[cfg(unix)]
#[test]
fn what_is_killed_and_run_again_ends_the_same() {
    let folder = Folder::new("killed");
    let path = folder.file();
    let (kills, files) = kill_until_it_ends("CONSTPROP_VICTIM", &path, 4, 30);
    let (expected, mut expected_adam, expected_history) = training(None);
    // Trained to the end already: nothing but a restored state.
    let (net, mut adam, history) = training(Some(&path));
    // Killed in the midst of it, and not only before the first file, or behind the last.
    assert!(files >= 3, "only {files} files by {kills} kills");
    assert!(net == expected, "parameters, after {kills} kills");
    assert!(history == expected_history, "history, after {kills} kills");
    assert_eq!((history.epochs().len(), history.end()), (EPOCHS, End::Epochs));
    let state = |adam: &mut Adam<Net<f32>>| {
        let mut state = Vec::new();
        Optimizer::<Net<f32>>::visit_state(adam, &mut |_, part| state.extend_from_slice(part));
        state
    };
    assert!(state(&mut adam) == state(&mut expected_adam), "the optimizer, after {kills} kills");
}

#[cfg(unix)]
#[test]
fn what_is_killed_ends_early_as_it_would_have() {
    let folder = Folder::new("killed-early");
    let path = folder.file();
    let (kills, files) = kill_until_it_ends("CONSTPROP_SHORT_VICTIM", &path, 9, 12);
    let (expected, expected_history) = short_training(None);
    let (net, history) = short_training(Some(&path));
    assert!(files >= 3, "only {files} files by {kills} kills");
    assert_eq!(history.end(), End::Early);
    assert!(net == expected && history == expected_history, "after {kills} kills");
    // The best network, which training gives, is what the file has.
    let mut loaded = Net::<f64>::zeros();
    load(&mut loaded, &path).unwrap();
    assert!(loaded == net);
}

/// A short training, and the bytes of its file.
fn short(folder: &Folder) -> Vec<u8> {
    run(folder, Net::seeded(1), &mut adam(), |fit| fit).1.unwrap();
    fs::read(folder.file()).unwrap()
}

fn adam<N: Network>() -> Adam<N> {
    Adam::new(AdamSettings::default()).unwrap()
}

fn run<N, O>(
    folder: &Folder,
    mut net: N,
    optimizer: &mut O,
    change: impl FnOnce(Fit<'static, N>) -> Fit<'static, N>,
) -> (N, Result<History, CheckpointError>)
where
    N: Network<Scalar = f32, Input = [f32; 4], Target = [f32; 3]>,
    O: Optimizer<N>,
{
    let (x, y) = examples(20);
    let result =
        change(Fit::new().epochs(2)).run_resumable(&mut net, optimizer, &x, &y, folder.file());
    (net, result.map_err(CheckpointError::from))
}

#[test]
fn more_epochs_go_on() {
    let folder = Folder::new("more");
    short(&folder);
    let (net, history) = run(&folder, Net::seeded(9), &mut adam(), |fit| fit.epochs(5));
    let history = history.unwrap();
    let (x, y) = examples(20);
    let mut whole = Net::seeded(1);
    let expected = Fit::new().epochs(5).run(&mut whole, &mut adam(), &x, &y).unwrap();
    assert!(net == whole && history == expected);
}

/// Every length that the file could have been cut to, and every bit of its header.
#[test]
fn a_damaged_file_is_an_error_and_changes_nothing() {
    let folder = Folder::new("damaged");
    let bytes = short(&folder);
    let before = Net::<f32>::seeded(7);
    for length in 0..bytes.len() {
        fs::write(folder.file(), &bytes[..length]).unwrap();
        let mut net = before.clone();
        let error = load(&mut net, folder.file()).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{length} bytes: {error}");
        assert!(net == before, "{length} bytes");
    }
    fs::write(folder.file(), &bytes[..bytes.len() / 2]).unwrap();
    let mut optimizer = adam();
    let (net, error) = run(&folder, before.clone(), &mut optimizer, |fit| fit);
    let text = error.unwrap_err().to_string();
    assert!(text.contains("training.safetensors is damaged: "), "{text}");
    assert!(net == before && optimizer == adam());
    assert_eq!(fs::read(folder.file()).unwrap(), bytes[..bytes.len() / 2]);

    // Other bits are other numbers, or an error, and never a panic.
    let mut rng = constprop::rng(1);
    for _ in 0..500 {
        let mut bytes = bytes.clone();
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
        fs::write(folder.file(), &bytes).unwrap();
        let (net, result) = run(&folder, before.clone(), &mut adam(), |fit| fit.epochs(2));
        assert!(result.is_ok() || net == before, "byte {at}");
    }
}

#[test]
fn a_file_of_something_else_is_refused() {
    let folder = Folder::new("foreign");
    let bytes = short(&folder);
    let before = Net::<f32>::seeded(7);
    let what = |error: CheckpointError| match error {
        CheckpointError::Foreign { what, .. } => what,
        other => panic!("{other}"),
    };
    let refused = |change: fn(Fit<'static, Net<f32>>) -> Fit<'static, Net<f32>>| {
        let (net, result) = run(&folder, before.clone(), &mut adam(), change);
        assert!(net == before);
        what(result.unwrap_err())
    };
    assert_eq!(refused(|fit| fit.seed(1)), "seed");
    assert_eq!(refused(|fit| fit.batch(8)), "batch");
    assert_eq!(refused(|fit| fit.metric("accuracy", accuracy)), "metrics");
    assert_eq!(refused(|fit| fit.early_stopping(EarlyStopping::patience(3))), "the best is kept");
    assert_eq!(refused(|fit| fit.regularization(Regularization::article(1e-3))), "lambda");
    assert_eq!(refused(|fit| fit.schedule(Schedule::cosine(9.0).unwrap())), "schedule");
    assert_eq!(refused(|fit| fit.reduce_on_plateau(Plateau::new(0.5, 1).unwrap())), "plateau");
    assert_eq!(refused(|fit| fit.clip(Clip::norm(1.0).unwrap())), "clip");
    assert_eq!(refused(|fit| fit.validation_split(0.1)), "validation");
    assert_eq!(refused(|fit| fit.class_weights(&[1.0, 2.0, 1.0])), "weights");
    assert_eq!(refused(|fit| fit.in_order()), "shuffle");
    assert_eq!(refused(|fit| fit.augment(|_, _| {})), "augment");

    let by = |optimizer: &mut dyn Optimizer<Net<f32>>| {
        let (x, y) = examples(20);
        let (mut net, fit) = (before.clone(), Fit::new().epochs(4));
        let result = fit.run_resumable(&mut net, optimizer, &x, &y, folder.file());
        assert!(net == before);
        what(result.unwrap_err().error)
    };
    let faster = AdamSettings { rate: 0.002, ..AdamSettings::default() };
    assert_eq!(by(&mut Adam::new(faster).unwrap()), "optimizer");
    assert_eq!(by(&mut AdamW::new(AdamSettings::default(), 0.1).unwrap()), "optimizer");
    assert_eq!(by(&mut Momentum::new(0.1, 0.9).unwrap()), "optimizer");
    assert_eq!(by(&mut GradientDescent::new(0.1).unwrap()), "optimizer");
    assert_eq!(by(&mut Learning::all().freeze::<L1>().by(adam())), "optimizer");
    let (_, result) = run(&folder, Other::seeded(1), &mut adam(), |fit| fit);
    let text = result.unwrap_err().to_string();
    let expected = "network is f32: 4 => 12 Tanh => 8 Gelu => 3 Softmax minimizing \
                    CategoricalCrossEntropy; it must be f32: 4 => 12 Tanh => 8 Elu<1, 1> => 3 \
                    Softmax minimizing CategoricalCrossEntropy";
    assert!(text.ends_with(expected), "{text}");
    // A training goes on in its own scalar; its network is one of either.
    let (mut double, mut single) = (Net::<f64>::seeded(1), Net::<f32>::zeros());
    let (x, y): (Vec<[f64; 4]>, Vec<[f64; 3]>) =
        (0..20).map(|i| ([0.1 * f64::from(i); 4], [1.0, 0.0, 0.0])).unzip();
    let fit = Fit::new().epochs(4);
    let result = fit.run_resumable(&mut double, &mut adam(), &x, &y, folder.file());
    assert_eq!(what(result.unwrap_err().error), "network");
    assert_eq!(double.parameters(), Net::<f64>::seeded(1).parameters());
    load(&mut double, folder.file()).unwrap();
    load(&mut single, folder.file()).unwrap();
    let widened: Vec<f64> = single.parameters().iter().map(|&number| f64::from(number)).collect();
    assert_eq!(double.parameters(), widened);
    // And of no later version.
    save(&single, folder.0.join("later")).unwrap();
    let later = fs::read(folder.0.join("later")).unwrap();
    let at = later.windows(15).position(|window| window == b"\"constprop\":\"1\"").unwrap();
    fs::write(folder.0.join("later"), [&later[..at + 13], b"2", &later[at + 14..]].concat())
        .unwrap();
    assert_eq!(what(load(&mut single, folder.0.join("later")).unwrap_err()), "constprop");
    // Nobody has touched the file.
    assert_eq!(fs::read(folder.file()).unwrap(), bytes);
}

#[test]
fn bad_calls_leave_the_file_alone() {
    let folder = Folder::new("calls");
    let bytes = short(&folder);
    let before = Net::<f32>::seeded(7);
    let (net, result) = run(&folder, before.clone(), &mut adam(), |fit| fit.validation_split(2.0));
    assert!(matches!(result, Err(CheckpointError::Training(Error::Setting { .. }))));
    assert!(net == before);
    assert_eq!(fs::read(folder.file()).unwrap(), bytes);

    let mut net = before.clone();
    let nowhere = folder.0.join("no folder").join("file");
    let error = save(&net, &nowhere).unwrap_err();
    assert!(matches!(error, CheckpointError::File { .. }), "{error}");
    let error = load(&mut net, &nowhere).unwrap_err();
    assert!(matches!(error, CheckpointError::File { .. }), "{error}");
    let error = load(&mut net, &folder.0).unwrap_err();
    assert!(matches!(error, CheckpointError::File { .. }), "{error}");

    // A NaN is no parameter.
    let mut broken = before.clone();
    broken.theta2.weights[(1, 2)] = f32::NAN;
    save(&broken, folder.file()).unwrap();
    let error = load(&mut net, folder.file()).unwrap_err();
    let expected =
        "training.safetensors: the network: theta2, row 1, column 3 is NaN; it must be finite";
    assert!(error.to_string().ends_with(expected), "{error}");
    assert!(net == before);

    // What an interrupted writer has left beside it does not matter.
    fs::write(folder.0.join("training.safetensors.new"), "half of").unwrap();
    save(&before, folder.file()).unwrap();
    load(&mut net, folder.file()).unwrap();
    assert!(net == before);
}

/// The scaling of x and y stands in the network's file, bit by bit, and is not passed over.
#[test]
fn scaling_is_saved_with_the_network() {
    let folder = Folder::new("scaled");
    let (x, y) = ([[1.0_f32, 2.0, 3.0, -4e-30], [0.3, 2.0, 1e9, 5e-30]], [[1.5_f32, -2.0, 8.0]; 2]);
    let (x_scale, y_scale) = (Standardize::fit(&x).unwrap(), MinMax::fit(&y).unwrap());
    let net = Net::<f32>::seeded(3);
    save_scaled(&net, &x_scale, &y_scale, folder.file()).unwrap();
    let mut loaded = Net::<f32>::zeros();
    let (x_loaded, y_loaded): (Standardize<f32, 4>, MinMax<f32, 3>) =
        load_scaled(&mut loaded, folder.file()).unwrap();
    assert!(loaded == net);
    assert_eq!(x_loaded.constants(), x_scale.constants());
    assert_eq!(y_loaded.constants(), y_scale.constants());

    let untouched = Net::<f32>::seeded(4);
    let mut other = untouched.clone();
    let what = |result: Result<(), CheckpointError>| match result.unwrap_err() {
        CheckpointError::Foreign { what, .. } => what,
        error => panic!("{error}"),
    };
    let result = load_scaled::<_, MinMax<f32, 4>, MinMax<f32, 3>>(&mut other, folder.file());
    assert_eq!(what(result.map(drop)), "x.shift");
    let result = load_scaled::<_, Standardize<f32, 4>, ()>(&mut other, folder.file());
    assert_eq!(what(result.map(drop)), "the scaling of y");
    assert_eq!(what(load(&mut other, folder.file())), "the scaling of x");
    save_scaled(&net, &(), &y_scale, folder.file()).unwrap();
    assert_eq!(what(load(&mut other, folder.file())), "the scaling of y");
    let result = load_scaled::<_, Standardize<f32, 4>, MinMax<f32, 3>>(&mut other, folder.file());
    assert_eq!(what(result.map(drop)), "x.mean");

    // A deviation of 0 is none.
    save_scaled(&net, &x_scale, &(), folder.file()).unwrap();
    let mut bytes = fs::read(folder.file()).unwrap();
    let deviation = x_scale.constants()[1][0].to_le_bytes();
    let at = bytes.windows(4).rposition(|window| window == deviation).unwrap();
    bytes[at..at + 4].fill(0);
    fs::write(folder.file(), bytes).unwrap();
    let error = load_scaled::<_, Standardize<f32, 4>, ()>(&mut other, folder.file()).unwrap_err();
    let CheckpointError::Number { error: Error::Scale { entry: 0, value: 0.0, .. }, .. } = error
    else {
        panic!("{error}")
    };
    assert!(other == untouched);

    // Without scaling it is what `save` writes.
    save_scaled(&net, &(), &(), folder.file()).unwrap();
    let bytes = fs::read(folder.file()).unwrap();
    save(&net, folder.file()).unwrap();
    assert_eq!(fs::read(folder.file()).unwrap(), bytes);
}

/// Every number that a file holds, made one that cannot have been there: an error, or at most another
/// training, and never a panic, or a network that is no longer finite.
#[test]
fn numbers_that_cannot_be_are_refused() {
    let folder = Folder::new("numbers");
    let early = |fit: Fit<'static, Net<f32>>| {
        let plateau = Plateau::new(0.5, 1).unwrap();
        fit.early_stopping(EarlyStopping::patience(9)).reduce_on_plateau(plateau)
    };
    run(&folder, Net::seeded(1), &mut adam(), early).1.unwrap();
    let bytes = fs::read(folder.file()).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let text = std::str::from_utf8(&bytes[8..header]).unwrap();
    // Where the bytes of a row are, says the header.
    let range = |name: &str| {
        let entry = &text[text.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name}"))..];
        let offsets = &entry[entry.find("offsets\":[").unwrap() + 10..];
        let (first, rest) = offsets.split_once(',').unwrap();
        let last = &rest[..rest.find(']').unwrap()];
        header + first.parse::<usize>().unwrap()..header + last.parse::<usize>().unwrap()
    };
    let before = Net::<f32>::seeded(7);
    let mut refused = 0;
    for name in ["course.epoch", "course.rate", "course.best_j", "course.best_epoch"] {
        for value in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.5e-300, 1e300] {
            let mut bytes = bytes.clone();
            bytes[range(name)].copy_from_slice(&value.to_le_bytes());
            fs::write(folder.file(), &bytes).unwrap();
            let mut optimizer = adam();
            let (net, result) =
                run(&folder, before.clone(), &mut optimizer, |fit| early(fit).epochs(4));
            assert!(net.check_parameters().is_ok());
            match result {
                Ok(_) => assert!(name == "course.best_j", "{name} = {value} was taken"),
                Err(error) => {
                    refused += 1;
                    assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
                    assert!(net == before && optimizer == adam(), "{name} = {value}");
                    assert_eq!(fs::read(folder.file()).unwrap(), bytes);
                }
            }
        }
    }
    assert!(refused >= 15, "{refused}");
    for name in ["theta2", "course.theta"] {
        let mut bytes = bytes.clone();
        let first = range(name).start;
        bytes[first..first + 4].copy_from_slice(&f32::INFINITY.to_le_bytes());
        fs::write(folder.file(), &bytes).unwrap();
        let mut optimizer = adam();
        let (net, result) = run(&folder, before.clone(), &mut optimizer, early);
        assert!(result.is_err(), "{name} was taken");
        assert!(net == before && optimizer == adam(), "{name}");
    }
    let wrong = [
        (0, &[f64::NAN][..]),
        (1, &[f64::NAN, f64::INFINITY, -1.0, 0.5]),
        (2, &[f64::NAN, f64::INFINITY, -1.0, 0.5]),
        (3, &[f64::NAN, 0.0, -1.0, 2.0]),
    ];
    for (entry, values) in wrong {
        for value in values {
            let mut bytes = bytes.clone();
            let at = range("course.plateau").start + 8 * entry;
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
            fs::write(folder.file(), &bytes).unwrap();
            let (net, result) = run(&folder, before.clone(), &mut adam(), early);
            assert!(matches!(result, Err(CheckpointError::Damaged { .. })), "{entry}: {value}");
            assert!(net == before);
        }
    }
    // A state that has overflowed is what a training that nobody killed would have gone on with.
    let mut changed = bytes.clone();
    let first = range("optimizer.adam.v").start;
    changed[first..first + 4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    fs::write(folder.file(), &changed).unwrap();
    let mut optimizer = adam();
    run(&folder, before.clone(), &mut optimizer, early).1.unwrap();
    let mut v = 0.0;
    Optimizer::<Net<f32>>::visit_state(&mut optimizer, &mut |name, part| {
        if name == "adam.v" {
            v = part[0];
        }
    });
    assert_eq!(v, f32::INFINITY);
    // What a root is taken of, and powers of β, are not everything.
    for (name, values) in [
        ("adam.v", &[f32::NAN, f32::NEG_INFINITY, -0.5][..]),
        ("adam.beta1_to_t", &[f32::NAN, -0.1, 1.5]),
        ("adam.beta2_to_t", &[f32::NAN, -0.1, f32::INFINITY]),
    ] {
        for value in values {
            let mut changed = bytes.clone();
            let first = range(&format!("optimizer.{name}")).start;
            changed[first..first + 4].copy_from_slice(&value.to_le_bytes());
            fs::write(folder.file(), &changed).unwrap();
            let mut optimizer = adam();
            let (net, result) = run(&folder, before.clone(), &mut optimizer, early);
            let error = result.unwrap_err();
            assert!(matches!(error, CheckpointError::Damaged { .. }), "{error}");
            let value = f64::from(*value);
            let text = format!("damaged: optimizer.{name}, entry 0 is {value}; it must ");
            assert!(error.to_string().contains(&text), "{error}");
            assert!(net == before && optimizer == adam(), "{name} = {value}");
        }
    }
    // Rows and columns are not to be taken for each other.
    let header_text = text.replacen("\"shape\":[5,12]", "\"shape\":[12,5]", 1);
    assert_ne!(text, header_text);
    let mut changed = bytes.clone();
    changed[8..header].copy_from_slice(header_text.as_bytes());
    fs::write(folder.file(), &changed).unwrap();
    let error = load(&mut before.clone(), folder.file()).unwrap_err().to_string();
    assert!(error.ends_with("theta1 is [12, 5] of F32; it must be [5, 12] of F32"), "{error}");
}

/// With early stopping the file's network is the best, and training goes on from the last.
#[test]
fn the_file_has_what_training_gives() {
    let folder = Folder::new("best");
    // So fast that the best is not the last.
    let settings = AdamSettings { rate: 0.3, ..AdamSettings::default() };
    let training = |patience, epochs, path: Option<PathBuf>| {
        let (x, y) = examples(40);
        let (mut net, mut adam) = (Net::<f32>::seeded(1), Adam::new(settings.clone()).unwrap());
        let fit =
            Fit::new().epochs(epochs).batch(8).early_stopping(EarlyStopping::patience(patience));
        let history = match path {
            Some(path) => fit.run_resumable(&mut net, &mut adam, &x, &y, path).unwrap(),
            None => fit.run(&mut net, &mut adam, &x, &y).unwrap(),
        };
        (net, history)
    };
    let (net, history) = training(2, 60, Some(folder.file()));
    assert_eq!(history.end(), End::Early);
    assert!(history.best().unwrap() < history.epochs().len() && history.epochs().len() < 60);
    let mut loaded = Net::<f32>::zeros();
    load(&mut loaded, folder.file()).unwrap();
    assert!(loaded == net);
    // Again, it is over; with more patience it is not, and ends as if nothing had been between.
    let again = training(2, 60, Some(folder.file()));
    assert!(again.0 == net && again.1 == history);
    let (more, longer) = training(5, 60, Some(folder.file()));
    let (expected, expected_history) = training(5, 60, None);
    assert!(longer.epochs().len() > history.epochs().len());
    assert!(more == expected && longer == expected_history);
}

/// A callback that ended a training is asked again, and may say otherwise.
/// A training in parts, and one that was interrupted, to the same bits.
#[test]
fn what_is_frozen_stays_when_a_training_goes_on() {
    let folder = Folder::new("frozen");
    let (x, y) = examples(40);
    let course = |epochs: usize, path: Option<&Path>| {
        let learning = Learning::all().freeze::<L1>().rate::<L3>(0.5).unwrap();
        let (mut net, mut adam) = (Net::<f32>::seeded(1), learning.by(adam()));
        let fit = Fit::new().epochs(epochs).batch(8);
        let history = match path {
            Some(path) => fit.run_resumable(&mut net, &mut adam, &x, &y, path).unwrap(),
            None => fit.run(&mut net, &mut adam, &x, &y).unwrap(),
        };
        (net, history)
    };
    let (whole, history) = course(5, None);
    course(2, Some(&folder.file()));
    let (found, of_both) = course(5, Some(&folder.file()));
    assert!(found == whole && of_both == history);
    assert_eq!(found.theta1, Net::<f32>::seeded(1).theta1);
    assert_ne!(found.theta2, Net::<f32>::seeded(1).theta2);

    // What learns is a setting: another part is another training.
    let text = |learning: Learning<Net<f32>>| {
        let fit = Fit::new().epochs(6).batch(8);
        let (mut net, mut adam) = (Net::seeded(1), learning.by(adam()));
        let result = fit.run_resumable(&mut net, &mut adam, &x, &y, folder.file());
        result.unwrap_err().to_string()
    };
    let text = text(Learning::all().freeze::<L1>());
    assert!(text.contains(r#"("theta1", 0.0), ("theta2", 1.0), ("theta3", 0.5)]"#), "{text}");
}

#[test]
fn a_callback_is_asked_again() {
    let folder = Folder::new("asked");
    let stop_at = |last: usize| {
        let (x, y) = examples(20);
        let mut net = Net::<f32>::seeded(1);
        let fit = Fit::new().epochs(6).on_epoch(move |progress| {
            if progress.epoch.number >= last { Control::Stop } else { Control::Continue }
        });
        fit.run_resumable(&mut net, &mut adam(), &x, &y, folder.file()).unwrap()
    };
    for (last, epochs, end) in
        [(2, 2, End::Callback), (2, 2, End::Callback), (4, 4, End::Callback), (9, 6, End::Epochs)]
    {
        let history = stop_at(last);
        assert_eq!((history.epochs().len(), history.end()), (epochs, end));
    }
}

/// Where no file can be, nothing is trained.
#[test]
fn a_path_that_cannot_be_written_is_noticed_at_once() {
    let folder = Folder::new("nowhere");
    let (x, y) = examples(20);
    let (before, mut net) = (Net::<f32>::seeded(1), Net::<f32>::seeded(1));
    let path = folder.0.join("no folder").join("file");
    let failure = Fit::new().run_resumable(&mut net, &mut adam(), &x, &y, path).unwrap_err();
    assert!(matches!(failure.error, CheckpointError::File { .. }));
    assert!(net == before);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
    // Nor is what a file holds put into the network, where it can be read but no other written: with
    // a name that nothing fits behind.
    short(&folder);
    let long = folder.0.join("n".repeat(255));
    fs::copy(folder.file(), &long).unwrap();
    let mut optimizer = adam();
    let fit = Fit::new().epochs(4);
    let result = fit.run_resumable(&mut net, &mut optimizer, &x, &y, &long);
    assert!(matches!(result.unwrap_err().error, CheckpointError::File { .. }));
    assert!(net == before && optimizer == adam());
    assert_eq!(fs::read(long).unwrap(), fs::read(folder.file()).unwrap());
}

/// A metric that is NaN, and a J that validates which is, are what they were.
#[test]
fn a_history_keeps_what_is_not_a_number() {
    let folder = Folder::new("nan");
    let odd = |fit: Fit<'static, Net<f32>>| fit.metric("odd", |_, _| f64::NAN).epochs(1);
    run(&folder, Net::seeded(1), &mut adam(), odd).1.unwrap();
    let (_, again) = run(&folder, Net::seeded(1), &mut adam(), odd);
    assert!(again.unwrap().metric("odd", 1).is_some_and(f64::is_nan));
    // The same number of metrics, and other ones.
    let (_, other) =
        run(&folder, Net::seeded(1), &mut adam(), |fit| fit.metric("accuracy", accuracy).epochs(1));
    let text = other.unwrap_err().to_string();
    assert!(text.ends_with(r#"metrics is ["odd"]; it must be ["accuracy"]"#), "{text}");
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Old(3 => 4 Tanh => 2 Identity) minimizing HalfSquaredError;
}

/// A file's bytes, with other words of the same network in its header.
fn reworded(path: &Path, from: &str, to: &str) {
    let bytes = fs::read(path).unwrap();
    let (header, data) = bytes[8..].split_at(usize::from(bytes[0]) + (usize::from(bytes[1]) << 8));
    let text = std::str::from_utf8(header).unwrap();
    assert!(text.contains(from) && bytes[2..8] == [0; 6]);
    let text = format!("{:length$}", text.replace(from, to), length = header.len());
    fs::write(path, [&bytes[..8], text.as_bytes(), data].concat()).unwrap();
}

#[test]
fn numbers_of_an_activation_are_those_of_the_network() {
    network! {
        #[derive(Clone, PartialEq)]
        pub struct Half(4 => 12 Tanh => 8 Elu<1, 2> => 3 Softmax) minimizing CategoricalCrossEntropy;
    }
    let folder = Folder::new("slopes");
    let few = |fit: Fit<'static, Other<f32>>| fit.epochs(4);
    run(&folder, Other::seeded(1), &mut adam(), few).1.unwrap();
    let text = load(&mut Half::<f32>::zeros(), folder.file()).unwrap_err().to_string();
    let expected = "network is f32: 4 => 12 Tanh => 8 Elu<1, 1> => 3 Softmax minimizing \
                    CategoricalCrossEntropy; it must be f32: 4 => 12 Tanh => 8 Elu<1, 2> => 3 \
                    Softmax minimizing CategoricalCrossEntropy";
    assert!(text.ends_with(expected), "{text}");
    let (_, result) = run(&folder, Half::seeded(1), &mut adam(), |fit| fit.epochs(4));
    let text = result.unwrap_err().to_string();
    assert!(text.ends_with(expected), "{text}");
    // Of before: no numbers, which may be any.
    reworded(&folder.file(), "Elu<1, 1>", "Elu");
    load(&mut Half::<f32>::zeros(), folder.file()).unwrap();
    let (net, result) = run(&folder, Other::seeded(2), &mut adam(), few);
    assert_eq!(result.unwrap().epochs().len(), 4);
    let mut read = Other::<f32>::zeros();
    load(&mut read, folder.file()).unwrap();
    assert_eq!(net.parameters(), read.parameters());
}

/// Files that were written before this crate had a reader and a writer of its own.
#[test]
fn files_of_before_still_load() {
    let folder = Folder::new("old");
    let old = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("weights_files")
            .join(format!("old-{name}.safetensors"))
    };
    let expected = Old::<f64>::seeded(1);
    let (mut double, mut single) = (Old::<f64>::zeros(), Old::<f32>::zeros());
    load(&mut double, old("f64")).unwrap();
    load(&mut single, old("f32")).unwrap();
    assert_eq!((&double, &single), (&expected, &Old::seeded(1)));
    // Of the other scalar: rounded, or exact.
    load(&mut single, old("f64")).unwrap();
    let rounded: Vec<f32> = expected.parameters().iter().map(|&number| number as f32).collect();
    assert_eq!(single.parameters(), rounded);
    load(&mut double, old("f32")).unwrap();
    assert_eq!(double.parameters()[5], f64::from(Old::<f32>::seeded(1).parameters()[5]));

    let (x, y): (Vec<[f64; 3]>, Vec<[f64; 2]>) = (0..12)
        .map(|i| {
            let i = f64::from(i);
            ([i.sin(), (2.0 * i).cos(), i / 12.0], [i / 3.0, -i])
        })
        .unzip();
    let (x_scale, y_scale): (Standardize<f64, 3>, MinMax<f64, 2>) =
        load_scaled(&mut double, old("scaled")).unwrap();
    assert_eq!(double, expected);
    // The sines of this machine may be others.
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
    let fitted = (Standardize::fit(&x).unwrap(), MinMax::fit(&y).unwrap());
    for (kept, fitted) in x_scale.constants().iter().zip(fitted.0.constants()) {
        assert!(near(kept, &fitted));
    }
    for (kept, fitted) in y_scale.constants().iter().zip(fitted.1.constants()) {
        assert!(near(kept, &fitted));
    }

    // Two epochs were trained then, and three are now.
    let train = |path: &Path, epochs: usize| {
        let (mut net, mut adam) =
            (Old::<f64>::seeded(1), Adam::new(AdamSettings::default()).unwrap());
        let fit = Fit::new().epochs(epochs).batch(4).seed(3);
        let fit = fit.early_stopping(EarlyStopping::patience(5));
        let history = fit.run_resumable(&mut net, &mut adam, &x, &y, path).unwrap();
        (net, history)
    };
    fs::copy(old("training"), folder.file()).unwrap();
    let (net, history) = train(&folder.file(), 5);
    let (whole, expected) = train(&folder.0.join("whole"), 5);
    assert_eq!(history.epochs().len(), 5);
    assert!(near(net.parameters(), whole.parameters()));
    assert!(near(&[history.epochs()[4].j], &[expected.epochs()[4].j]));
}
