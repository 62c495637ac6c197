//! Files: checkpoints and data.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use constprop::data::csv::Format;
use constprop::data::{Standardize, idx as images};
use constprop::prelude::*;
use constprop::train::{Fit, load, load_scaled};

use super::Net;
use super::heap::at_most;

/// A file of this thread's. `TMPDIR=/dev/shm` keeps it from a disk.
fn path() -> PathBuf {
    thread_local! {
        static PATH: PathBuf = {
            let name = format!("constprop-fuzz-{}-{:?}", std::process::id(), std::thread::current().id());
            std::env::temp_dir().join(name)
        };
    }
    PATH.with(Clone::clone)
}

/// A network, one with scaling, and a training that goes on.
pub fn checkpoint(bytes: &[u8]) {
    let path = path();
    fs::write(&path, bytes).unwrap();
    let mut net = Net::<f64>::zeros();
    // The file, its tensors with names and shapes, and what is trained.
    let is_loaded = at_most(bytes.len(), 32, 16384, || load(&mut net, &path).is_ok());
    assert!(is_loaded || net == Net::zeros());
    let mut scaled = Net::<f32>::zeros();
    let result = at_most(bytes.len(), 32, 16384, || {
        load_scaled::<_, Standardize<f32, 2>, ()>(&mut scaled, &path)
    });
    assert!(result.is_ok() || scaled == Net::zeros());

    let (x, y) = ([[0.5, -1.0], [0.25, 2.0], [-1.0, 0.5]], [[1.0], [-0.5], [0.0]]);
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    let (fresh, mut net) = (adam.clone(), Net::<f64>::seeded(1));
    // Beside the file there is what the training works in, and writes through.
    let result = at_most(bytes.len(), 32, 1 << 17, || {
        Fit::new().epochs(3).run_resumable(&mut net, &mut adam, &x, &y, &path)
    });
    match result {
        Ok(_) => net.check_parameters().unwrap(),
        Err(error) if error.history.epochs().is_empty() => {
            assert!(net == Net::seeded(1) && adam == fresh);
            assert!(fs::read(&path).unwrap() == bytes);
        }
        Err(_) => {}
    }
    fs::remove_file(&path).unwrap();
}

/// The first byte says how the others are read.
pub fn csv(bytes: &[u8]) {
    let Some((&way, text)) = bytes.split_first() else { return };
    let mut format = match way & 3 {
        0 | 1 => Format::new(),
        2 => Format::new().with_header(),
        _ => Format::new().without_header(),
    };
    if way & 4 != 0 {
        format = format.delimiter(if way & 8 != 0 { b';' } else { b'\t' });
    }
    if way & 16 != 0 {
        format = format.targets_first();
    }
    if way & 32 != 0 {
        format = format.skip([1]).missing(["-1", "none"]);
    }
    if way & 64 != 0 {
        format = format.classes(["a", "b", "1"]);
    }
    if way & 128 != 0 {
        format = format.targets(["y"]);
    }
    let length = text.len();
    // A header of nothing but delimiters is as many names, each an empty `String`, in a `Vec` that grows.
    let values = at_most(length, 128, 16384, || format.values::<f64, 2, 1>(text));
    match values {
        Ok(values) => {
            assert!(!values.inputs.is_empty() && values.inputs.len() == values.targets.len());
            let all = values.inputs.iter().flatten().chain(values.targets.iter().flatten());
            assert!(all.into_iter().all(|number| number.is_finite()));
            let half = values.inputs.len() / 2;
            assert_eq!(format.count(text).unwrap(), values.inputs.len());
            let part = format.clone().rows(0..half).values::<f64, 2, 1>(text).unwrap();
            assert!(part.inputs == values.inputs[..half] && part.targets == values.targets[..half]);
        }
        Err(error) => drop(at_most(length, 8, 4096, || error.to_string())),
    }
    if let Ok(labelled) = at_most(length, 128, 16384, || format.labelled::<f32, 2>(text)) {
        assert_eq!(labelled.inputs.len(), labelled.labels.len());
        assert!(labelled.labels.iter().all(|&label| label < labelled.names.len()));
        let half = labelled.labels.len() / 2;
        let format = format.rows(half..labelled.labels.len());
        let part = at_most(length, 128, 16384, || format.labelled::<f32, 2>(text).unwrap());
        assert!(part.inputs == labelled.inputs[half..] && part.labels == labelled.labels[half..]);
        assert_eq!(part.names, labelled.names);
    }
}

/// Images of four sizes, and labels.
pub fn idx(bytes: &[u8]) {
    fn images_of<const S: usize>(bytes: &[u8]) {
        if let Ok(images) = at_most(bytes.len(), 24, 16384, || images::images::<f64, S, _>(bytes)) {
            assert_eq!(bytes.len(), 16 + images.len() * S);
            assert!(images.iter().flatten().all(|pixel| (0.0..=1.0).contains(pixel)));
            let half = images.len() / 2;
            let part = images::images_part::<f64, S, _>(Cursor::new(bytes), half..images.len());
            assert!(part.unwrap() == images[half..]);
        }
    }
    images_of::<1>(bytes);
    images_of::<4>(bytes);
    images_of::<6>(bytes);
    images_of::<784>(bytes);
    if let Ok(labels) = at_most(bytes.len(), 24, 16384, || images::labels(bytes)) {
        assert_eq!(bytes.len(), 8 + labels.len());
        assert!(labels.iter().all(|&label| label < 256));
        let half = labels.len() / 2;
        let part = images::labels_part(Cursor::new(bytes), half..labels.len());
        assert_eq!(
            (part.unwrap(), images::count(bytes).unwrap()),
            (labels[half..].to_vec(), labels.len())
        );
    }
}
