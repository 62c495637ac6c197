//! IDX files: what is written comes back, and nothing malformed passes.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use constprop::data::idx::{self, IdxFault};
use constprop::data::{DataError, DataFault, share};
use proptest::prelude::*;

use crate::heap::at_most;
use crate::readers::{Broken, Long, Trickle};
use crate::{config, parts};

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
    let (m, part) = (idx::count_at(&path), idx::images_part_at::<f32, 2>(&path, 0..1));
    let beyond = idx::labels_part_at(&path, 0..1).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(images.unwrap(), [[1.0, 0.0]]);
    assert_eq!((m.unwrap(), part.unwrap()), (1, vec![[1.0, 0.0]]));
    let wrong = wrong.unwrap_err();
    for error in [&wrong, &beyond] {
        assert_eq!(error.path(), Some(path.as_path()));
    }
    assert!(matches!(fault::<()>(Err(wrong)), IdxFault::Magic { .. }));
}

/// Wherever the parts end, and wherever in its reader the file begins.
#[test]
fn parts_are_the_whole() {
    let images = prop::collection::vec(prop::array::uniform4(any::<u8>()), 0..20);
    let cases = (images, prop::collection::vec(any::<usize>(), 0..5), 0..9_u64);
    proptest!(config(), |((images, places, begins) in cases)| {
        let (m, flat) = (images.len(), images.as_flattened());
        let images = file(&[u32::try_from(m).unwrap(), 2, 2], flat);
        let labels = file(&[u32::try_from(4 * m).unwrap()], flat);
        prop_assert_eq!(idx::count(Trickle(&images, false)).unwrap(), m);
        prop_assert_eq!(idx::count(Trickle(&labels, false)).unwrap(), 4 * m);
        let reader = |file: &[u8]| {
            let mut reader = Cursor::new([&vec![8; usize::try_from(begins).unwrap()], file].concat());
            reader.set_position(begins);
            reader
        };
        let whole = idx::images::<f64, 4, _>(reader(&images)).unwrap();
        let read = |part| idx::images_part::<f64, 4, _>(reader(&images), part).unwrap();
        prop_assert_eq!(parts(&places, m).into_iter().flat_map(read).collect::<Vec<_>>(), whole);
        let whole = idx::labels(reader(&labels)).unwrap();
        let read = |part| idx::labels_part(reader(&labels), part).unwrap();
        prop_assert_eq!(parts(&places, 4 * m).into_iter().flat_map(read).collect::<Vec<_>>(), whole);
    });
}

/// And the same for every part, one of no examples too.
#[test]
fn what_is_wrong_with_a_file_is_wrong_with_its_parts() {
    let (images, labels) = (file(&[3, 2, 2], &[7; 12]), file(&[3], &[7; 3]));
    let (longer, lying) = (file(&[3, 2, 2], &[7; 13]), file(&[u32::MAX, 2, 2], &[7; 12]));
    let mut files: Vec<&[u8]> = (0..images.len()).map(|end| &images[..end]).collect();
    files.extend((0..labels.len()).map(|end| &labels[..end]));
    files.extend([&longer[..], &lying, &images, &labels, b"\x1f\x8b\x08\0\0\0\0\0"]);
    let other = file(&[1, 1, 3], &[7; 3]);
    files.push(&other);
    let mut wrong = 0;
    for file in files {
        for part in [0..0, 0..1, 1..3, 0..3] {
            if let Err(error) = idx::images::<f32, 4, _>(file) {
                let found = fault(idx::images_part::<f32, 4, _>(Cursor::new(file), part.clone()));
                assert_eq!(found, fault::<()>(Err(error)));
                wrong += 1;
            }
            if let Err(error) = idx::labels(file) {
                let found = fault(idx::labels_part(Cursor::new(file), part));
                assert_eq!(found, fault::<()>(Err(error)));
                wrong += 1;
            }
        }
    }
    assert_eq!(wrong, 4 * (2 * (28 + 11 + 6) - 2));
}

#[test]
fn parts_that_there_are_not() {
    let (images, labels) = (file(&[3, 1, 2], &[7; 6]), file(&[3], &[7; 3]));
    let none = file(&[0], &[]);
    for (part, examples, file) in [
        (0..4, 3, &images),
        (3..4, 3, &images),
        (4..4, 3, &images),
        (usize::MAX - 1..usize::MAX, 3, &images),
        #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
        (2..1, 3, &images),
        (2..4, 3, &labels),
        (0..usize::MAX, 3, &labels),
        (0..1, 0, &none),
    ] {
        let error = match file.len() {
            22 => idx::images_part::<f32, 2, _>(Cursor::new(file), part.clone()).err(),
            _ => idx::labels_part(Cursor::new(file), part.clone()).err(),
        };
        let error = error.expect("an error");
        let expected = format!("examples {part:?} are asked for, where there are {examples}");
        assert_eq!(error.to_string(), expected);
        let DataFault::Part { part: found, examples: m } = error.fault() else { panic!("{error}") };
        assert_eq!((found, *m), (&part, examples));
    }
    for part in [0..0, 2..2, 3..3] {
        assert!(idx::labels_part(Cursor::new(&labels), part.clone()).unwrap().is_empty());
        assert!(idx::images_part::<f32, 2, _>(Cursor::new(&images), part).unwrap().is_empty());
    }
}

/// 2³² − 1 images, of 3 terabytes: the header and the part are read, and in memory is the part.
#[test]
fn what_is_passed_over_costs_nothing() {
    let header = file(&[u32::MAX, 28, 28], &[]);
    let behind = |byte: u64| u8::try_from(byte / 784 % 256).unwrap();
    let mut long = Long::new(&header, behind, 16 + 784 * u64::from(u32::MAX));
    let part = share(idx::count(&header[..]).unwrap(), 299_999_999, 300_000_000).unwrap();
    assert_eq!(part, 4_294_967_281..4_294_967_295);
    let read = || idx::images_part::<f32, 784, _>(&mut long, part.clone()).unwrap();
    // Examples in a `Vec` that grows, two pieces of it at once, and a buffer.
    let images = at_most(14 * 784 * 4, 3, 1 << 14, read);
    assert!(part.zip(&images).all(|(image, x)| *x == [(image % 256) as f32 / 255.0; 784]));
    assert_eq!((images.len(), long.read), (14, 16 + 14 * 784));

    let header = file(&[u32::MAX], &[]);
    let mut long =
        Long::new(&header, |byte| u8::try_from(byte % 256).unwrap(), 8 + u64::from(u32::MAX));
    let labels =
        at_most(2, 8, 1 << 14, || idx::labels_part(&mut long, 4_000_000_000..4_000_000_002));
    assert_eq!((&labels.unwrap()[..], long.read), (&[0, 1][..], 10));
}

/// A reader that is shorter than it said, one that breaks, and one that does not seek.
#[test]
fn errors_of_a_reader_that_seeks() {
    struct Other<R>(R, u64);
    impl<R: Read> Read for Other<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl<R> Seek for Other<R> {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            match to {
                SeekFrom::End(_) => Ok(self.1),
                // What is in front of the part is never read by these.
                SeekFrom::Start(to) if to > 10 => Err(io::Error::other("no seat there")),
                _ => Ok(0),
            }
        }
    }
    let bytes = file(&[5], &[1, 2]);
    let found = fault(idx::labels_part(Other(&bytes[..], 13), 0..4));
    assert_eq!(found, IdxFault::Truncated { bytes: 10, expected: 13 });
    for (part, expected) in
        [(0..4, "after byte 10: the disk is gone"), (3..4, "after byte 11: no seat there")]
    {
        let error = idx::labels_part(Other(Broken(&bytes), 13), part).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    // Lengths beyond all bounds.
    for length in [0, u64::MAX] {
        assert!(idx::labels_part(Other(&bytes[..], length), 0..1).is_err());
    }
    assert!(idx::count(Broken(&bytes[..5])).is_err());
    assert_eq!(fault(idx::count(&bytes[..5])), IdxFault::Truncated { bytes: 5, expected: 8 });
    let other = fault(idx::count(&b"\x89PNG\r\n\x1a\n"[..]));
    assert_eq!(other, IdxFault::Magic { found: 0x8950_4e47, expected: 0x0803 });
}

#[test]
fn no_panic_on_anything() {
    let beginning = prop_oneof![Just(vec![]), Just(vec![0, 0, 8, 1]), Just(vec![0, 0, 8, 3])];
    let small = prop::collection::vec(0..4_u8, 0..40);
    proptest!(config(), |(beginning in beginning, rest in small, part in 0..4_usize)| {
        let part = part / 2..part;
        let bytes = [beginning, rest].concat();
        let _ = (idx::images::<f32, 1, _>(&bytes[..]), idx::images::<f64, 4, _>(&bytes[..]));
        let _ = (idx::labels(&bytes[..]), idx::count(&bytes[..]));
        let _ = idx::labels_part(Cursor::new(&bytes), part.clone());
        let _ = idx::images_part::<f64, 4, _>(Cursor::new(&bytes), part);
    });
}
