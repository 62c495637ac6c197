//! Bytes that are damaged, or made to harm: an error that says where, and a network as it was.

use constprop::ThetaShape;
use constprop::prelude::*;
use constprop::weights::{Facts, Fault, Names, Weights, WeightsError, read_shapes, read_tensor};
use safetensors::SafeTensors;

use super::{Net, bytes, file, file_named, file_of, parts, told};

const NAMES: [&str; 4] = ["0.weight", "0.bias", "2.weight", "2.bias"];

/// What is wrong, and in words; the network is as it was.
#[track_caller]
fn refused(bytes: &[u8]) -> (Fault, String) {
    let before = Net::<f64>::seeded(3);
    let mut net = before.clone();
    let error = net.read_safetensors(bytes, Names::found()).unwrap_err();
    assert_eq!(net, before);
    (error.fault(), told(&error))
}

/// A header for whose every tensor there is data.
fn entry(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
    format!("\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}")
}

/// Every length that a file could have been cut to, and every bit that could have been flipped.
#[test]
fn what_is_damaged_is_refused_or_is_another_network() {
    let before = Net::<f32>::seeded(3);
    for name in ["pytorch-f64.safetensors", "keras-f64.safetensors", "old-f32.safetensors"] {
        let bytes = bytes(name);
        for length in 0..bytes.len() {
            let mut net = before.clone();
            net.read_safetensors(&bytes[..length], Names::found()).unwrap_err();
            assert_eq!(net, before);
        }
        for bit in 0..8 * bytes.len() {
            let (mut bytes, mut net) = (bytes.clone(), before.clone());
            bytes[bit / 8] ^= 1 << (bit % 8);
            match net.read_safetensors(&bytes, Names::found()) {
                Ok(()) => assert!(net.check_parameters().is_ok()),
                Err(error) => {
                    assert_eq!(net, before);
                    assert!(!error.to_string().is_empty());
                }
            };
        }
    }
}

#[test]
fn lengths_that_cannot_be() {
    let whole = file_named(NAMES);
    assert_eq!(
        refused(&[]),
        (Fault::TooShort { length: 0 }, "0 bytes: a file of safetensors has at least 8".to_owned())
    );
    assert_eq!(refused(&whole[..7]).0, Fault::TooShort { length: 7 });
    for header in [u64::MAX, u64::MAX - 7, 1 << 63, whole.len() as u64 - 7] {
        let mut bytes = whole.clone();
        bytes[..8].copy_from_slice(&header.to_le_bytes());
        assert_eq!(refused(&bytes).0, Fault::HeaderCut { header, found: whole.len() - 8 });
    }
    let long = file_of(&" ".repeat((1 << 20) + 1), &[]);
    assert_eq!(refused(&long).0, Fault::HeaderTooLong { header: (1 << 20) + 1 });
    let mut more = whole.clone();
    more.push(0);
    let (data, _) = (26 * 8, ());
    assert_eq!(refused(&more).0, Fault::DataLength { expected: data, found: data + 1 });
    assert_eq!(
        refused(&file_of("", &[])).0,
        Fault::Json { at: 0, expected: "`{`: the header is an object of JSON" }
    );
    let mut none = whole;
    none[10] = 0xff;
    assert_eq!(
        refused(&none),
        (Fault::NoText { at: 2 }, "the header is no UTF-8 at byte 2".to_owned())
    );
}

#[test]
fn offsets_that_cannot_be() {
    let with = |offsets: [&str; 2]| {
        let entries = [
            entry("theta1", "F64", "[4, 4]", offsets[0]),
            entry("theta2", "F64", "[5, 2]", offsets[1]),
        ];
        file_of(&format!("{{{}}}", entries.join(",")), &[0; 208])
    };
    let mut net = Net::<f64>::seeded(1);
    net.read_safetensors(&with(["[80, 208]", "[0, 80]"]), Names::ours()).unwrap();
    let (fault, text) = refused(&with(["[0, 128]", "[120, 200]"]));
    assert_eq!(fault, Fault::Offsets { expected: 128 });
    assert_eq!(text, "theta2: it must begin at byte 128 of the data, where the one in front ends");
    assert_eq!(refused(&with(["[0, 128]", "[136, 216]"])).0, Fault::Offsets { expected: 128 });
    assert_eq!(refused(&with(["[0, 128]", "[0, 80]"])).0, Fault::Offsets { expected: 80 });
    assert_eq!(refused(&with(["[8, 136]", "[136, 216]"])).0, Fault::Offsets { expected: 0 });
    let (fault, text) = refused(&with(["[0, 120]", "[120, 200]"]));
    assert_eq!(fault, Fault::Size);
    assert_eq!(text, "theta1: [4, 4] of F64 has another number of bytes than its data_offsets");
    assert_eq!(refused(&with(["[128, 0]", "[128, 208]"])).0, Fault::Size);
    let huge = format!("[{}, {}]", usize::MAX - 127, usize::MAX);
    assert_eq!(refused(&with([&huge, "[0, 80]"])).0, Fault::Size);
    for wrong in [
        "[0, 1.28e2]",
        "[-0, 128]",
        "[0, 128, 128]",
        "[0]",
        "[]",
        "null",
        "[0, 18446744073709551616]",
        "[00, 128]",
        "[0, 128.0]",
        "{}",
        "[+0, 128]",
        "[0 128]",
    ] {
        let (fault, text) = refused(&with([wrong, "[128, 208]"]));
        assert!(matches!(fault, Fault::Json { .. }), "{wrong}: {fault:?}");
        assert!(text.starts_with("theta1: byte "), "{text}");
    }
    // Shapes that overflow, though there is a 0 in them.
    let (half, root) = (usize::MAX / 2 + 1, 1_usize << (usize::BITS / 2));
    for shape in [format!("[{half}, 4, 0]"), format!("[{root}, {root}, 16]")] {
        let header = format!("{{{}}}", entry("theta1", "F64", &shape, "[0, 0]"));
        assert_eq!(refused(&file_of(&header, &[])).0, Fault::Size, "{shape}");
    }
    // Data at any address: of a header whose length is no multiple of 8.
    let bytes = file_named(NAMES);
    for shift in 0..8 {
        let moved = [&vec![0; shift][..], &bytes].concat();
        net.read_safetensors(&moved[shift..], Names::found()).unwrap();
        assert_eq!(net.parameters(), parts().1);
    }
}

#[test]
fn headers_that_cannot_be() {
    let right = entry("theta1", "F32", "[0]", "[0, 0]");
    let headers = [
        ("", 0),
        ("{", 1),
        ("[]", 0),
        ("{}}", 2),
        ("{},", 2),
        ("{\"a\"}", 4),
        ("{\"a\":1}", 5),
        ("{a:1}", 1),
        ("{,}", 1),
        ("null", 0),
        ("{\"\\x\":{}}", 2),
        ("{\"\\ud800\":{}}", 2),
        ("{\"\\udc00\":{}}", 2),
        ("{\"\\u12g4\":{}}", 2),
        ("{\"a\u{1}\":{}}", 3),
        ("{\"a", 3),
        ("{\"a\\", 3),
        ("{\"a\":{}}", 7),
        ("{\"a\":{},}", 7),
    ];
    for (header, at) in headers {
        let (fault, _) = refused(&file_of(header, &[]));
        assert!(
            matches!(fault, Fault::Json { at: found, .. } if found == at),
            "{header}: {fault:?}"
        );
    }
    for (field, what) in [
        ("\"dtype\":\"F32\"", "each of dtype"),
        ("\"x\":01", "a number"),
        ("\"x\":1e999", "a number"),
        ("\"x\":-", "a number"),
        ("\"x\":nul", "a value"),
        ("\"x\":[1,]", "a value"),
        ("\"x\":{1:2}", "a text"),
        ("\"x\":.5", "a value"),
        ("\"x\":[1 2]", "`,` or `]`"),
        ("\"x\":{\"a\":1 2}", "`,` or `}`"),
    ] {
        let header = format!("{{{},{field}}}}}", right.trim_end_matches('}'));
        let (fault, text) = refused(&file_of(&header, &[]));
        assert!(
            matches!(fault, Fault::Json { expected, .. } if expected.starts_with(what)),
            "{field}: {text}"
        );
    }
    let dtype = entry("theta1", "F128", "[0]", "[0, 0]");
    let (fault, text) = refused(&file_of(&format!("{{{dtype}}}"), &[]));
    assert_eq!(fault, Fault::UnknownDtype);
    assert_eq!(text, "theta1: [0] of F128: the dtype is none of safetensors");
    // Two of one name, and of one name that is spelled in two ways.
    for twin in ["theta1", "th\\u0065ta1"] {
        let header = format!("{{{right},{}}}", right.replace("theta1", twin));
        let (fault, text) = refused(&file_of(&header, &[]));
        assert_eq!(
            (fault, &text[..]),
            (Fault::Twice, "theta1: there is a second one of this name")
        );
    }
    for words in ["1", "[]", "{\"a\":1}", "{\"a\":null}", "{}, \"__metadata__\":{}"] {
        let (fault, _) = refused(&file_of(&format!("{{\"__metadata__\":{words}}}"), &[]));
        assert!(matches!(fault, Fault::Json { .. }), "{words}: {fault:?}");
    }
    // What would be a command to a terminal is none in a message.
    let header = format!("{{{}}}", entry("\\u001b[2J", "F32", "[1]", "[0, 0]"));
    assert!(refused(&file_of(&header, &[])).1.starts_with("\\u{1b}[2J: [1] of F32 has"));
}

/// As deep as the crate goes, and no deeper; and what is far deeper takes no stack.
#[test]
fn deep_json_is_refused() {
    let with = |depth: usize, open: &str, close: &str| {
        let value = open.repeat(depth) + "1" + &close.repeat(depth);
        let theta = entry("theta1", "F64", "[0]", &format!("[0,0],\"x\":{value}"));
        file_of(&format!("{{{theta}}}"), &[])
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let fits = with(125, open, close);
        assert!(SafeTensors::deserialize(&fits).is_ok());
        assert!(!matches!(refused(&fits).0, Fault::Json { .. }));
        for depth in [126, 100_000] {
            let deep = with(depth, open, close);
            let (fault, text) = refused(&deep);
            assert!(
                matches!(fault, Fault::Json { expected, .. } if expected.starts_with("no more than 127"))
            );
            assert!(text.len() < 200);
        }
        assert!(SafeTensors::deserialize(&with(126, open, close)).is_err());
    }
}

#[test]
fn entries_that_cannot_be() {
    let ([w1, b1, w2, b2], _) = parts();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut w1 = w1.clone();
        w1[7] = value;
        let bytes = file(&[
            ("a1.weight", &[4, 3], &w1),
            ("a1.bias", &[4], &b1),
            ("a2.weight", &[2, 4], &w2),
            ("a2.bias", &[2], &b2),
        ]);
        let (fault, text) = refused(&bytes);
        assert!(matches!(fault, Fault::NotFinite { entry: 7, .. }), "{fault:?}");
        assert_eq!(text, format!("a1.weight: entry [2, 1] is {value}; it must be finite"));
    }
    // Finite in the file, and not in the network.
    let mut large = b2.clone();
    large[1] = -1e39;
    let bytes = file(&[
        ("a1.weight", &[4, 3], &w1),
        ("a1.bias", &[4], &b1),
        ("a2.weight", &[2, 4], &w2),
        ("a2.bias", &[2], &large),
    ]);
    let mut single = Net::<f32>::seeded(1);
    let error = single.read_safetensors(&bytes, Names::found()).unwrap_err();
    assert_eq!(error.fault(), Fault::Range { index: 17, value: -1e39 });
    let value = -1e39;
    assert_eq!(
        told(&error),
        format!("theta2, row 1, column 0 is {value}, beyond the network's scalar")
    );
    assert_eq!(single, Net::seeded(1));
    Net::<f64>::zeros().read_safetensors(&bytes, Names::found()).unwrap();
}

#[test]
fn shapes_and_dtypes_that_cannot_be() {
    let ([w1, b1, w2, b2], _) = parts();
    let with = |shape: &[usize], bias: &[usize]| {
        file(&[
            ("l.0.weight", shape, &w1),
            ("l.0.bias", bias, &b1),
            ("l.1.weight", &[2, 4], &w2),
            ("l.1.bias", &[2], &b2),
        ])
    };
    let (fault, text) = refused(&with(&[3, 4], &[4]));
    assert_eq!(fault, Fault::Shape { expected: [4, 3] });
    assert_eq!(
        text,
        "l.0.weight: [3, 4] of F64; it must be [4, 3] of F64, F32, F16 or BF16; PyTorch has a row for \
         each unit, Keras for each input"
    );
    assert_eq!(refused(&with(&[4, 3], &[2, 2])).0, Fault::Shape { expected: [4, 0] });
    assert_eq!(refused(&with(&[4, 3], &[1, 4])).0, Fault::Shape { expected: [4, 0] });
    // Integers, and a bias without dimensions.
    let integers = String::from_utf8_lossy(&with(&[4, 3], &[4])).into_owned();
    let (header, _) = integers[8..].split_once("}}").unwrap();
    let header = header.replacen("F64", "I64", 1) + "}}";
    let (fault, text) = refused(&file_of(&header, &[0; 208]));
    assert_eq!(fault, Fault::Shape { expected: [4, 3] });
    assert_eq!(text, "l.0.weight: [4, 3] of I64; it must be [4, 3] of F64, F32, F16 or BF16");
    network! {
        struct Point(1 => 1 Identity) minimizing HalfSquaredError;
    }
    let bytes = file(&[("weight", &[1, 1], &[1.0]), ("bias", &[], &[2.0])]);
    let error =
        Point::<f64>::zeros().read_safetensors(&bytes, Names::found()).map_err(|e| told(&e));
    assert_eq!(error.unwrap_err(), "bias: [] of F64; it must be [1] of F64, F32, F16 or BF16");
}

#[test]
fn metadata_is_compared() {
    let theta1 = entry("theta1", "F64", "[4,4]", "[0,128]");
    let theta2 = entry("theta2", "F64", "[5,2]", "[128,208]");
    let with = |words: &str| {
        file_of(&format!("{{\"__metadata__\":{{{words}}},{theta1},{theta2}}}"), &[0; 208])
    };
    let ours = "3 => 4 Tanh => 2 Identity minimizing HalfSquaredError";
    for words in [
        String::new(),
        "\"network\":\"3 => 4 Tanh => 2 Identity\"".to_owned(),
        format!("\"network\":\"{ours}\""),
        format!("\"network\":\"f32: {ours}\",\"constprop\":\"1\""),
        "\"network\":\"f64: 3 =\\u003e 4 Tanh => 2 Identity minimizing HalfSquaredError\""
            .to_owned(),
        "\"format\":\"pt\"".to_owned(),
    ] {
        Net::<f64>::zeros().read_safetensors(&with(&words), Names::ours()).unwrap();
    }
    let other = ours.replace("Tanh", "Relu");
    let (fault, text) = refused(&with(&format!("\"network\":\"{other}\"")));
    assert_eq!(
        (fault, text),
        (Fault::Network, format!("of another network: {other}; it must be {ours}"))
    );
    assert_eq!(refused(&with(&format!("\"network\":\"{ours} \""))).0, Fault::Network);
    assert_eq!(refused(&with("\"network\":\"\"")).0, Fault::Network);
    let (fault, text) = refused(&with("\"constprop\":\"2\""));
    assert_eq!(
        (fault, &text[..]),
        (Fault::Version, "of version 2 of the format; this program reads 1")
    );
    let twice = format!("\"network\":\"{ours}\",\"network\":\"{ours}\"");
    assert_eq!(refused(&with(&twice)).0, Fault::WordTwice);
}

#[test]
fn one_tensor_by_its_name() {
    let bytes = file(&[
        ("x.mean", &[2], &[1.5, -1e39]),
        ("m", &[2, 1], &[1.0, 2.0]),
        ("n", &[1], &[f64::NAN]),
    ]);
    let mut two = [7.0; 2];
    read_tensor(&bytes, "x.mean", &mut two).unwrap();
    assert_eq!(two, [1.5, -1e39]);
    let mut single = [7.0_f32; 2];
    let mut refused = |name| told(&read_tensor(&bytes, name, &mut single).unwrap_err());
    assert_eq!(refused("x.mean"), format!("entry 1 is {}, beyond the scalar", -1e39));
    assert_eq!(refused("x"), "there is no tensor x");
    assert_eq!(refused("m"), "m: [2, 1] of F64; it must be [2] of F64, F32, F16 or BF16");
    assert_eq!(refused("n"), "n: [1] of F64; it must be [2] of F64, F32, F16 or BF16");
    let error = read_tensor(&bytes, "n", &mut single[..1]).unwrap_err();
    assert_eq!(
        (told(&error), error.tensor().unwrap() == "n"),
        ("n: entry 0 is NaN; it must be finite".to_owned(), true)
    );
    assert_eq!(
        read_tensor::<f32>(&bytes[..20], "n", &mut []).unwrap_err().fault(),
        Fault::HeaderCut { header: u64::from_le_bytes(bytes[..8].try_into().unwrap()), found: 12 }
    );
    assert_eq!(single, [7.0; 2]);
}

/// Shapes that no network has, in a tool that has read them somewhere.
#[test]
fn shapes_of_no_network() {
    let shape = |s_in, s_out| ThetaShape { s_out, s_in, ..Net::<f64>::SHAPES[0] };
    let empty = file(&[("0.weight", &[100_000, 0], &[])]);
    for shapes in [
        vec![],
        vec![shape(0, 100_000)],
        vec![shape(2, 0)],
        vec![shape(2, 3), shape(2, 1)],
        vec![shape(usize::MAX, 3)],
        vec![shape(3, usize::MAX)],
        vec![shape(1, usize::MAX / 2), shape(usize::MAX / 2, 1)],
        vec![shape(1, 1); 33],
    ] {
        let facts: &'static Facts = Box::leak(Box::new(Facts { shapes: shapes.leak(), cost: "" }));
        for names in [Names::pytorch().zero_where_no_bias(), Names::ours(), Names::found()] {
            let error = read_shapes::<f32>(facts, &empty, names).unwrap_err();
            assert_eq!(error.fault(), Fault::Shapes);
            assert_eq!(
                told(&error),
                "the shapes are of no network: that has 2 to 33 layers, each as large as the next \
                 Θ takes, none of size 0, and parameters that a usize counts"
            );
        }
    }
}

/// As many tensors as there may be are looked through in no time, in any order; one more is refused.
#[test]
fn many_tensors() {
    let many = |count: usize| {
        let entries: Vec<String> = (0..count)
            .map(|index| {
                let at = (index * 2741) % count;
                entry(&format!("x{at}"), "U8", "[1]", &format!("[{at},{}]", at + 1))
            })
            .collect();
        file_of(&format!("{{{}}}", entries.join(",")), &vec![0; count])
    };
    assert_eq!(refused(&many(4096)).0, Fault::NoLayers);
    assert_eq!(refused(&many(4097)).0, Fault::TooMany);
}

/// Errors are handed on by value: clippy calls those of 128 bytes large.
#[test]
fn errors_are_small() {
    assert!(size_of::<WeightsError<'_>>() < 128, "{}", size_of::<WeightsError<'_>>());
}
