//! IDX files: what is written comes back, and nothing malformed passes.

use std::io::{self, Read};

use constprop::data::idx::{self, IdxFault};
use constprop::data::{DataError, DataFault};
use proptest::prelude::*;

use crate::config;

/// An IDX file of bytes, by the format's description: zero, zero, type, dimensions, their sizes.
fn file(sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, u8::try_from(sizes.len()).unwrap()];
    file.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    file.extend(data);
    file
}

fn fault<D>(result: Result<D, DataError>) -> IdxFault {
    match result.err().expect("an error").fault() {
        DataFault::Idx(fault) => *fault,
        other => panic!("{other}"),
    }
}

/// Bytes one at a time, with interruptions in between.
struct Trickle<'a>(&'a [u8], bool);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let some = buffer.len().min(1);
        self.0.read(&mut buffer[..some])
    }
}

/// Bytes, and then an error.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::Error::other("the disk is gone")),
            some => Ok(some),
        }
    }
}

#[test]
fn round_trips() {
    let images = prop::collection::vec(prop::array::uniform6(any::<u8>()), 0..20);
    let labels = prop::collection::vec(any::<u8>(), 0..50);
    proptest!(config(), |(images in images, labels in labels)| {
        let m = u32::try_from(images.len()).unwrap();
        let bytes = file(&[m, 2, 3], images.as_flattened());
        let single = idx::images::<f32, 6, _>(&bytes[..]).unwrap();
        let double = idx::images::<f64, 6, _>(Trickle(&bytes, false)).unwrap();
        prop_assert_eq!(single.len(), images.len());
        prop_assert_eq!(double.len(), images.len());
        for (image, (single, double)) in images.iter().zip(single.iter().zip(&double)) {
            for pixel in 0..6 {
                prop_assert_eq!(single[pixel], f32::from(image[pixel]) / 255.0);
                prop_assert_eq!(double[pixel], f64::from(image[pixel]) / 255.0);
            }
        }
        let bytes = file(&[u32::try_from(labels.len()).unwrap()], &labels);
        let expected: Vec<usize> = labels.iter().map(|&label| usize::from(label)).collect();
        prop_assert_eq!(&idx::labels(&bytes[..]).unwrap(), &expected);
        prop_assert_eq!(&idx::labels(Trickle(&bytes, false)).unwrap(), &expected);
    });
}

#[test]
fn every_truncation_is_told_with_its_byte() {
    let bytes = file(&[3, 2, 2], &[7; 12]);
    for end in 0..bytes.len() {
        // How many images there are is known behind the header.
        let expected = if end < 16 { 16 } else { 28 };
        let found = fault(idx::images::<f32, 4, _>(&bytes[..end]));
        assert_eq!(found, IdxFault::Truncated { bytes: end as u64, expected });
    }
    assert_eq!(idx::images::<f32, 4, _>(&bytes[..]).unwrap().len(), 3);
    let bytes = file(&[5], &[1; 5]);
    for end in 0..bytes.len() {
        let expected = if end < 8 { 8 } else { 13 };
        let found = fault(idx::labels(&bytes[..end]));
        assert_eq!(found, IdxFault::Truncated { bytes: end as u64, expected });
    }
    assert_eq!(idx::labels(&bytes[..]).unwrap(), [1; 5]);
}

#[test]
fn bytes_behind_the_end() {
    let found = fault(idx::images::<f32, 4, _>(&file(&[1, 2, 2], &[7; 5])[..]));
    assert_eq!(found, IdxFault::Longer { expected: 20 });
    assert_eq!(found.to_string(), "goes on after the 20 bytes that its header says");
    let found = fault(idx::labels(&file(&[0], &[7])[..]));
    assert_eq!(found, IdxFault::Longer { expected: 8 });
}

#[test]
fn other_files() {
    let (images, labels) = (file(&[1, 2, 2], &[7; 4]), file(&[1], &[7]));
    let message = idx::labels(&images[..]).unwrap_err().to_string();
    assert_eq!(message, "begins with 0x00000803, as images do; labels begin with 0x00000801");
    let message = idx::images::<f32, 4, _>(&labels[..]).unwrap_err().to_string();
    assert_eq!(message, "begins with 0x00000801, as labels do; images begin with 0x00000803");
    let found = fault(idx::images::<f32, 4, _>(&b"\x89PNG\r\n\x1a\n"[..]));
    assert_eq!(found, IdxFault::Magic { found: 0x8950_4e47, expected: 0x0803 });
    let found = fault(idx::images::<f32, 100, _>(&file(&[1, 28, 28], &[0; 784])[..]));
    assert_eq!(found, IdxFault::Size { rows: 28, columns: 28, needed: 100 });
    assert_eq!(found.to_string(), "images of 28 x 28 = 784 pixels where 100 are needed");
    // 2³² rows and columns less one: the product is beyond 32 bits, and no image of 1 pixel.
    let found = fault(idx::images::<f32, 1, _>(&file(&[1, u32::MAX, u32::MAX], &[0])[..]));
    assert_eq!(
        found.to_string(),
        "images of 4294967295 x 4294967295 = 18446744065119617025 pixels where 1 are needed"
    );
    assert!(matches!(
        fault(idx::images::<f32, 6, _>(&file(&[0, 0, 6], &[])[..])),
        IdxFault::Size { .. }
    ));
}

/// 2³² − 1 images of 3072 numbers would be 52 terabytes.
#[test]
fn a_header_that_claims_everything_costs_nothing() {
    let bytes = file(&[u32::MAX, 32, 96], &[1; 5000]);
    let found = fault(idx::images::<f32, 3072, _>(&bytes[..]));
    let expected = 16 + 3072 * u64::from(u32::MAX);
    assert_eq!(found, IdxFault::Truncated { bytes: 5016, expected });
    let found = fault(idx::labels(&file(&[u32::MAX], &[])[..]));
    assert_eq!(found, IdxFault::Truncated { bytes: 8, expected: 8 + u64::from(u32::MAX) });
}

#[test]
fn no_images_are_none() {
    assert!(idx::images::<f64, 4, _>(&file(&[0, 2, 2], &[])[..]).unwrap().is_empty());
    assert!(idx::labels(&file(&[0], &[])[..]).unwrap().is_empty());
}

#[test]
fn errors_of_the_reader_and_of_the_path() {
    let bytes = file(&[5], &[1, 2]);
    let error = idx::labels(Broken(&bytes)).unwrap_err();
    assert!(matches!(error.fault(), DataFault::Io { byte: 10, .. }));
    assert_eq!(error.to_string(), "after byte 10: the disk is gone");
    assert_eq!(error.path(), None);
    // A reader that breaks where the file should end has not been read to its end.
    assert!(idx::labels(Broken(&file(&[2], &[1, 2]))).is_err());

    let error = idx::labels_at("no/such/file").unwrap_err();
    assert!(error.to_string().starts_with("no/such/file: "), "{error}");
    let DataFault::Io { byte: 0, error } = error.fault() else { panic!("{error}") };
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn files_at_a_path() {
    let name = format!("constprop-idx-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, file(&[1, 1, 2], &[255, 0])).unwrap();
    let images = idx::images_at::<f32, 2>(&path);
    let wrong = idx::labels_at(&path);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(images.unwrap(), [[1.0, 0.0]]);
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.path(), Some(path.as_path()));
    assert!(matches!(fault::<()>(Err(wrong)), IdxFault::Magic { .. }));
}

#[test]
fn no_panic_on_anything() {
    let beginning = prop_oneof![Just(vec![]), Just(vec![0, 0, 8, 1]), Just(vec![0, 0, 8, 3])];
    let small = prop::collection::vec(0..4_u8, 0..40);
    proptest!(config(), |(beginning in beginning, rest in small)| {
        let bytes = [beginning, rest].concat();
        let _ = (idx::images::<f32, 1, _>(&bytes[..]), idx::images::<f64, 4, _>(&bytes[..]));
        let _ = idx::labels(&bytes[..]);
    });
}
