//! Input: four IDX files, and their split into images to train with, to validate on and to test.

use std::fmt;
use std::path::{Path, PathBuf};

use constprop::data::{DataError, idx, one_hot_all, select, stratified};

pub const SIDE: usize = 28;
pub const PIXELS: usize = SIDE * SIDE;
pub const CLASSES: usize = 10;

pub type Image = [f32; PIXELS];
pub type Target = [f32; CLASSES];

/// What the images show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    Digits,
    Clothing,
}

/// Images as inputs from 0 to 1, and their classes as targets.
pub struct Images {
    pub inputs: Vec<Image>,
    pub targets: Vec<Target>,
}

/// What is learnt from, and what is held out from the same files to choose by.
pub struct Training {
    pub learnt: Images,
    pub validation: Images,
}

/// Why there are no images.
#[derive(Debug)]
pub enum LoadError {
    /// A file cannot be read.
    File(DataError),
    /// Images and labels do not make examples.
    Examples(PathBuf, constprop::Error),
}

/// The share of the training files that is held out, with every class, by a seed that stays.
const SHARE: f64 = 0.1;
const SPLIT_SEED: u64 = 0;

/// The files `train-…` of a folder, split.
pub fn training(folder: &Path) -> Result<Training, LoadError> {
    let (inputs, labels) = files(folder, "train")?;
    let split = || {
        let (learnt, validation) = stratified(&labels, SHARE, SPLIT_SEED)?;
        let part = |chosen: &[usize]| {
            let targets = one_hot_all(&select(&labels, chosen)?)?;
            Ok::<_, constprop::Error>(Images { inputs: select(&inputs, chosen)?, targets })
        };
        Ok(Training { learnt: part(&learnt)?, validation: part(&validation)? })
    };
    split().map_err(|error| LoadError::Examples(labels_of(folder, "train"), error))
}

/// The files `t10k-…` of a folder.
pub fn test(folder: &Path) -> Result<Images, LoadError> {
    let (inputs, labels) = files(folder, "t10k")?;
    let targets = one_hot_all(&labels)
        .map_err(|error| LoadError::Examples(labels_of(folder, "t10k"), error))?;
    Ok(Images { inputs, targets })
}

/// The images and labels of one kind: as many of the one as of the other, from 1 on.
fn files(folder: &Path, kind: &str) -> Result<(Vec<Image>, Vec<usize>), LoadError> {
    let images = folder.join(format!("{kind}-images-idx3-ubyte"));
    let labels = labels_of(folder, kind);
    let (inputs, labels, path) = (
        idx::images_at(images).map_err(LoadError::File)?,
        idx::labels_at(&labels).map_err(LoadError::File)?,
        labels,
    );
    let (found, targets) = (inputs.len(), labels.len());
    if found != targets {
        let error = constprop::Error::ExampleCounts { inputs: found, targets };
        return Err(LoadError::Examples(path, error));
    }
    // A label beyond the classes is to be named by its place in the file, so before any split.
    for (example, &label) in labels.iter().enumerate() {
        if label >= CLASSES {
            let error = constprop::Error::ExampleLabel { example, label, classes: CLASSES };
            return Err(LoadError::Examples(path, error));
        }
    }
    if labels.is_empty() {
        return Err(LoadError::Examples(path, constprop::Error::NoExamples));
    }
    Ok((inputs, labels))
}

fn labels_of(folder: &Path, kind: &str) -> PathBuf {
    folder.join(format!("{kind}-labels-idx1-ubyte"))
}

impl Set {
    /// What a folder of this name holds: Fashion-MNIST if it says fashion, else MNIST.
    pub fn of(folder: &Path) -> Self {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if name.to_lowercase().contains("fashion") { Self::Clothing } else { Self::Digits }
    }

    /// What the classes are called.
    pub const fn names(self) -> [&'static str; CLASSES] {
        match self {
            Self::Digits => ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
            Self::Clothing => [
                "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker",
                "bag", "boot",
            ],
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Examples(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for LoadError {}
