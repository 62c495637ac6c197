//! What is written, read by the crate `safetensors` and by ours.

use std::fs;
use std::path::PathBuf;

use constprop::prelude::*;
use constprop::weights::{Dtype, FileError, Names, Part, TooSmall, Weights, WriteError};
use safetensors::SafeTensors;

use super::Net;

const DTYPES: [(Dtype, safetensors::Dtype); 4] = [
    (Dtype::F64, safetensors::Dtype::F64),
    (Dtype::F32, safetensors::Dtype::F32),
    (Dtype::F16, safetensors::Dtype::F16),
    (Dtype::Bf16, safetensors::Dtype::BF16),
];

fn written<N: Weights>(net: &N, names: Names<'_>, dtype: Dtype) -> Vec<u8> {
    let mut bytes = Vec::new();
    net.write_safetensors(names, dtype, |few| {
        assert!(few.len() <= 256);
        bytes.extend(few);
        Ok::<(), std::convert::Infallible>(())
    })
    .unwrap();
    assert_eq!(net.to_safetensors(names, dtype).unwrap(), bytes);
    bytes
}

/// The nearest of a format of so many bits of significand, as `f32` has them in its upper half.
fn rounded(value: f64, dtype: Dtype) -> f64 {
    match dtype {
        Dtype::F64 => value,
        _ if value == 0.0 => value,
        Dtype::F32 => f64::from(value as f32),
        Dtype::F16 | Dtype::Bf16 => {
            // Of numbers that are normal in both formats.
            let bits = if dtype == Dtype::F16 { 11 } else { 8 };
            let step = 2.0_f64.powi(value.abs().log2().floor() as i32 + 1 - bits);
            (value / step).round_ties_even() * step
        }
    }
}

#[test]
fn names_shapes_and_numbers_are_what_they_are_to_be() {
    let net = Net::<f64>::seeded(4);
    let pytorch = [
        ("0.weight", vec![4, 3]),
        ("0.bias", vec![4]),
        ("2.weight", vec![2, 4]),
        ("2.bias", vec![2]),
    ];
    let keras = [
        ("dense/kernel", vec![3, 4]),
        ("dense/bias", vec![4]),
        ("dense_1/kernel", vec![4, 2]),
        ("dense_1/bias", vec![2]),
    ];
    let ours = [("theta1", vec![4, 4]), ("theta2", vec![5, 2])];
    let ways = [
        (Names::pytorch(), &pytorch[..]),
        (Names::keras(), &keras),
        (Names::ours(), &ours),
        (Names::found(), &ours),
    ];
    for (names, expected) in ways {
        for (dtype, theirs) in DTYPES {
            let bytes = written(&net, names, dtype);
            let file = SafeTensors::deserialize(&bytes).unwrap();
            assert_eq!(file.len(), expected.len());
            for (name, shape) in expected {
                let view = file.tensor(name).unwrap();
                assert_eq!((view.shape(), view.dtype()), (&shape[..], theirs), "{name}");
            }
            let header = u64::from_le_bytes(bytes[..8].try_into().unwrap());
            assert_eq!(header % 8, 0);
            let (_, words) = SafeTensors::read_metadata(&bytes).unwrap();
            let words = words.metadata().clone().unwrap();
            assert_eq!(words["network"], "3 => 4 Tanh => 2 Identity minimizing HalfSquaredError");
            assert_eq!(words["constprop"], "1");
            assert_eq!(words.contains_key("format"), expected[0].0 == "0.weight");

            let mut read = Net::<f64>::zeros();
            for names in [names, Names::found()] {
                read.read_safetensors(&bytes, names).unwrap();
                for (read, number) in read.parameters().iter().zip(net.parameters()) {
                    assert_eq!(*read, rounded(*number, dtype), "{dtype}");
                }
            }
            // Into a buffer of exactly the length.
            let mut buffer = vec![7; bytes.len() + 3];
            let length = net.write_safetensors_into(names, dtype, &mut buffer).unwrap();
            assert!(
                length == bytes.len() && buffer[..length] == bytes && buffer[length..] == [7; 3]
            );
            let mut short = vec![7; length - 1];
            let error = net.write_safetensors_into(names, dtype, &mut short).unwrap_err();
            assert_eq!(error, WriteError::Output(TooSmall { needed: length, found: length - 1 }));
            assert!(short.iter().all(|&byte| byte == 7));
        }
    }
}

/// Not a test: what `scripts/weights-files.py --read` reads.
#[test]
#[ignore = "writes files for Python"]
fn files_for_python() {
    let folder = PathBuf::from(std::env::var_os("CONSTPROP_FOLDER").unwrap());
    let (net, x) = (Net::<f64>::seeded(4), [0.3, -1.2, 0.7]);
    let words = |numbers: &[f64]| numbers.iter().map(|number| format!("{number} ")).collect();
    let lines: [String; 2] = [words(&x), words(&net.predict(&x))];
    fs::write(folder.join("y.txt"), lines.join("\n")).unwrap();
    let namings =
        [("ours", Names::ours()), ("pytorch", Names::pytorch()), ("keras", Names::keras())];
    for (name, names) in namings {
        for (dtype, _) in DTYPES {
            let file = format!("{name}-{}.safetensors", dtype.name().to_lowercase());
            net.save(folder.join(file), names, dtype).unwrap();
        }
    }
}

#[test]
fn single_precision_is_the_same_bits_again() {
    let net = Net::<f32>::seeded(4);
    for names in [Names::ours(), Names::pytorch(), Names::keras()] {
        for dtype in [Dtype::F32, Dtype::F64] {
            let mut read = Net::<f32>::zeros();
            read.read_safetensors(&written(&net, names, dtype), names).unwrap();
            assert_eq!(read, net);
        }
    }
}

#[test]
fn names_are_those_that_are_given() {
    let net = Net::<f64>::seeded(4);
    let named = |names: Names<'_>| {
        let bytes = written(&net, names, Dtype::F64);
        let mut read = Net::<f64>::zeros();
        read.read_safetensors(&bytes, names).unwrap();
        assert_eq!(read, net);
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut names: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
        names.sort();
        names.join(" ")
    };
    let prefixed = Names::pytorch().prefix("net.");
    assert_eq!(named(prefixed), "net.0.bias net.0.weight net.2.bias net.2.weight");
    assert_eq!(named(prefixed.numbers(&[1, 7])), "net.1.bias net.1.weight net.7.bias net.7.weight");
    assert_eq!(
        named(Names::keras().layers(&["in", "out"])),
        "in/bias in/kernel out/bias out/kernel"
    );
    assert_eq!(
        named(Names::pytorch().normalized(&[("a", "n"), ("b", "")])),
        "a.bias a.weight b.bias b.weight"
    );
    assert_eq!(
        named(Names::ours().prefix("q\"\\\u{1}é ")),
        "q\"\\\u{1}é theta1 q\"\\\u{1}é theta2"
    );
    let by = Names::keras().by(&|l, part, name| {
        let letter = if part == Part::Weight { 'W' } else { 'b' };
        match part {
            Part::Weight | Part::Bias => write!(name, "{letter}{l}"),
            _ => Ok(()),
        }
    });
    assert_eq!(named(by), "W1 W2 b1 b2");
}

#[test]
fn names_that_cannot_be() {
    let refused = |names: Names<'_>| {
        let mut calls = 0;
        let put = |_: &[u8]| {
            calls += 1;
            Ok::<(), ()>(())
        };
        let error = Net::<f64>::zeros().write_safetensors(names, Dtype::F64, put).unwrap_err();
        assert_eq!(calls, 0);
        error
    };
    let name = |theta, expected| WriteError::Name { theta, expected };
    let long = "x".repeat(250);
    assert_eq!(
        refused(Names::pytorch().layers(&["a"])),
        WriteError::Layers { named: 1, layers: 2 }
    );
    let twice = "another than those of the others";
    assert_eq!(refused(Names::pytorch().layers(&["a", "a"])), name(2, twice));
    assert_eq!(refused(Names::keras().numbers(&[3, 3])), name(2, twice));
    assert_eq!(refused(Names::keras().by(&|_, _, name| name.write_str("x"))), name(1, twice));
    let long_names = refused(Names::ours().prefix(&long));
    assert_eq!(long_names, name(1, "written, and of at most 250 bytes"));
    let fails = Names::ours().by(&|_, _, _| Err(std::fmt::Error));
    assert_eq!(refused(fails), name(1, "written, and of at most 250 bytes"));
    assert_eq!(refused(Names::ours().by(&|_, _, _| Ok(()))), name(1, "a name of a tensor"));
    let metadata = Names::ours().by(&|_, _, name| name.write_str("__metadata__"));
    assert_eq!(refused(metadata), name(1, "a name of a tensor"));
}

#[test]
fn numbers_that_cannot_be() {
    let mut net = Net::<f64>::seeded(4);
    for (value, dtype) in [
        (f64::NAN, Dtype::F64),
        (f64::INFINITY, Dtype::F32),
        (65520.0, Dtype::F16),
        (-1e39, Dtype::F32),
        (3.4e38, Dtype::Bf16),
    ] {
        net.parameters_mut()[9] = value;
        let put = |_: &[u8]| -> Result<(), ()> { panic!("nothing is to be written") };
        let error = net.write_safetensors(Names::ours(), dtype, put).unwrap_err();
        let WriteError::Range { theta: 1, row: 1, column: 2, .. } = error else {
            panic!("{error:?}")
        };
    }
    net.parameters_mut()[9] = 65519.0;
    let mut read = Net::<f64>::zeros();
    read.read_safetensors(&written(&net, Names::ours(), Dtype::F16), Names::ours()).unwrap();
    assert_eq!(read.parameters()[9], 65504.0);
}

#[test]
fn the_first_error_of_the_output_ends_it() {
    let net = Net::<f64>::seeded(4);
    for most in 0..2 {
        let mut calls = 0;
        let put = |_: &[u8]| {
            calls += 1;
            if calls > most { Err(calls) } else { Ok(()) }
        };
        let error = net.write_safetensors(Names::ours(), Dtype::F64, put).unwrap_err();
        assert_eq!(error, WriteError::Output(most + 1));
        assert_eq!(calls, most + 1);
    }
}

#[test]
fn files_are_written_whole_or_not_at_all() {
    // WebAssembly has no folder for what is temporary.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("weights");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("net.safetensors");
    let (mut net, before) = (Net::<f64>::seeded(4), Net::<f64>::seeded(4));
    let mut loaded = Net::<f64>::seeded(9);
    let error = loaded.load(&path, Names::found()).unwrap_err();
    assert!(matches!(error, FileError::File { .. }));
    assert!(error.to_string().starts_with(&format!("{}: ", path.display())));

    net.save(&path, Names::pytorch(), Dtype::F64).unwrap();
    assert_eq!(fs::read(&path).unwrap(), written(&net, Names::pytorch(), Dtype::F64));
    net.parameters_mut()[3] = f64::NAN;
    let error = net.save(&path, Names::pytorch(), Dtype::F64).unwrap_err();
    assert!(matches!(error, FileError::Write { error: WriteError::Range { .. }, .. }), "{error}");
    assert!(error.to_string().ends_with(
        "net.safetensors: theta1, row 3, column 0 is NaN; it must be finite, also as F64"
    ));
    loaded.load(&path, Names::found()).unwrap();
    assert_eq!(loaded, before);
    // Where there is a file already, another takes its place.
    loaded.save(&path, Names::ours(), Dtype::F64).unwrap();
    assert_eq!(fs::read(&path).unwrap(), written(&before, Names::ours(), Dtype::F64));
    loaded.save(&path, Names::pytorch(), Dtype::F64).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

    let error = loaded.load(&path, Names::keras()).unwrap_err();
    assert!(matches!(error, FileError::Weights { tensor: None, .. }), "{error}");
    fs::write(&path, super::file(&[("theta1", &[4, 3], &[0.0; 12])])).unwrap();
    let error = loaded.load(&path, Names::ours()).unwrap_err();
    assert!(error.to_string().ends_with("net.safetensors: missing: theta2 [5, 2]"), "{error}");
    let FileError::Weights { fault, message, .. } = error else { panic!("{error}") };
    assert_eq!(message, "missing: theta2 [5, 2]");
    assert_eq!(fault, constprop::weights::Fault::Tensors { missing: 1, extra: 0 });
    assert_eq!(loaded, before);
    fs::remove_dir_all(&folder).unwrap();
}
