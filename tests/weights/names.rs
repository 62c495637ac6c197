//! Which tensor is which, by its name.

use std::fmt::Write;

use constprop::prelude::*;
use constprop::weights::{Dtype, Fault, Names, Part, Weights};

use super::{Net, file, file_named, parts, told};

fn read(bytes: &[u8], names: Names<'_>) -> Result<Vec<f64>, String> {
    let mut net = Net::<f64>::seeded(5);
    match net.read_safetensors(bytes, names) {
        Ok(()) => Ok(net.parameters().to_vec()),
        Err(error) => {
            assert_eq!(net, Net::seeded(5));
            Err(told(&error))
        }
    }
}

#[test]
fn prefix_and_numbers_are_found() {
    for [first, second] in [
        ["0", "2"],
        ["net.0", "net.2"],
        ["net.9", "net.10"],
        ["2", "11"],
        ["_orig_mod.actor.mlp.0", "_orig_mod.actor.mlp.3"],
        ["fc1", "fc2"],
        ["layers.0.linear", "layers.1.linear"],
        ["module.layer_1", "module.layer_2"],
        ["encoder2.fc1", "encoder2.fc2"],
        ["net", "net1"],
        ["näme\u{1F600}0", "näme\u{1F600}1"],
        ["a/b/0", "a/b/1"],
    ] {
        let names = [first, first, second, second];
        let words = ["weight", "bias", "weight", "bias"];
        let names: Vec<String> = names.iter().zip(words).map(|(a, b)| format!("{a}.{b}")).collect();
        let bytes = file_named(std::array::from_fn(|index| &names[index][..]));
        for way in [Names::found(), Names::pytorch(), Names::pytorch().layers(&[first, second])] {
            assert_eq!(read(&bytes, way).unwrap(), parts().1, "{first} {second}");
        }
        assert!(read(&bytes, Names::keras()).unwrap_err().starts_with("no matrix whose name"));
    }
}

/// The numbers say which layer comes first, and not the order of the file.
#[test]
fn layers_are_in_the_order_of_their_numbers() {
    let ([w1, b1, w2, b2], parameters) = parts();
    let bytes = file(&[
        ("10.bias", &[2], &b2),
        ("10.weight", &[2, 4], &w2),
        ("9.bias", &[4], &b1),
        ("9.weight", &[4, 3], &w1),
    ]);
    assert_eq!(read(&bytes, Names::found()).unwrap(), parameters);
    let error = read(&bytes, Names::pytorch().numbers(&[10, 9])).unwrap_err();
    assert_eq!(error, "10.weight: [2, 4] of F64; it must be [4, 3] of F64, F32, F16 or BF16");
}

#[test]
fn keras_names_are_found() {
    let ([w1, b1, w2, b2], parameters) = parts();
    let across = |weights: &[f64], s_in: usize| -> Vec<f64> {
        (0..s_in)
            .flat_map(|i| weights.iter().skip(i).step_by(s_in).copied().collect::<Vec<_>>())
            .collect()
    };
    let (k1, k2) = (across(&w1, 3), across(&w2, 4));
    for [first, second, end] in [
        ["dense/", "dense_1/", ""],
        ["sequential/dense_4/", "sequential/dense_5/", ":0"],
        ["params.Dense_0.", "params.Dense_1.", ""],
        ["layers/0/", "layers/1/", ""],
    ] {
        let name = |front: &str, word: &str| format!("{front}{word}{end}");
        let names = [
            name(first, "kernel"),
            name(first, "bias"),
            name(second, "kernel"),
            name(second, "bias"),
        ];
        let bytes = file(&[
            (&names[0], &[3, 4], &k1),
            (&names[1], &[4], &b1),
            (&names[2], &[4, 2], &k2),
            (&names[3], &[2], &b2),
        ]);
        for way in [Names::found(), Names::keras()] {
            assert_eq!(read(&bytes, way).unwrap(), parameters, "{first}");
        }
    }
}

#[test]
fn names_by_a_function() {
    let bytes = file_named(["W in", "b in", "W out", "b out"]);
    let by = |l: usize, part: Part, name: &mut dyn Write| {
        let part = if part == Part::Weight { "W" } else { "b" };
        if matches!(l, 1 | 2) { write!(name, "{part} {}", ["in", "out"][l - 1]) } else { Ok(()) }
    };
    let by = |l: usize, part: Part, name: &mut dyn Write| match part {
        Part::Weight | Part::Bias => by(l, part, name),
        _ => Ok(()),
    };
    assert_eq!(read(&bytes, Names::pytorch().by(&by)).unwrap(), parts().1);
    // One that fails names nothing, and is no panic.
    let error = read(&bytes, Names::pytorch().by(&|_, _, _| Err(std::fmt::Error))).unwrap_err();
    assert!(error.contains("; nothing to this network: W in [4, 3], b in [4]"), "{error}");
    assert_eq!(
        read(&bytes, Names::pytorch().layers(&["W in"])).unwrap_err(),
        "1 layers are named; the network has 2"
    );
}

#[test]
fn all_that_is_missing_and_all_that_is_left_over() {
    let ([w1, b1, w2, b2], _) = parts();
    let bytes =
        file(&[("net.0.weight", &[4, 3], &w1), ("net.2.bias", &[2], &b2), ("log_std", &[2], &b2)]);
    assert_eq!(
        read(&bytes, Names::found()).unwrap_err(),
        "missing: net.0.bias [4], weight of theta2 [2, 4], bias of theta2 [2]; nothing to this \
         network: net.2.bias [2], log_std [2]"
    );
    assert_eq!(
        read(&bytes, Names::pytorch().prefix("net.").numbers(&[0, 2])).unwrap_err(),
        "missing: net.0.bias [4], net.2.weight [2, 4]"
    );
    let mut net = Net::<f64>::zeros();
    let error = net.read_safetensors(&bytes, Names::pytorch().prefix("net.")).unwrap_err();
    assert_eq!(error.fault(), Fault::Tensors { missing: 3, extra: 1 });
    assert_eq!(error.tensor(), None);

    // A layer too many.
    let w3 = [0.0; 4];
    let bytes = file(&[
        ("0.weight", &[4, 3], &w1),
        ("0.bias", &[4], &b1),
        ("2.weight", &[2, 4], &w2),
        ("2.bias", &[2], &b2),
        ("4.weight", &[2, 2], &w3),
        ("4.bias", &[2], &b2),
    ]);
    assert_eq!(
        read(&bytes, Names::found()).unwrap_err(),
        "nothing to this network: 4.weight [2, 2], 4.bias [2]"
    );
    assert_eq!(read(&bytes, Names::found().among_others()).unwrap(), parts().1);
    // Ours go by their own numbers.
    let bytes = file(&[("theta1", &[4, 4], &[0.0; 16]), ("theta3", &[5, 2], &[0.0; 10])]);
    assert_eq!(
        read(&bytes, Names::found()).unwrap_err(),
        "missing: theta2 [5, 2]; nothing to this network: theta3 [5, 2]"
    );
    assert_eq!(
        read(&file(&[("x", &[2], &b2)]), Names::ours().prefix("a.")).unwrap_err(),
        "no matrix whose name begins with `a.` and ends in `theta1`"
    );
}

/// A normalization has the number behind its layer's, and so has the next layer where nothing is between.
#[test]
fn the_next_number_is_the_next_layer() {
    let ([w1, b1, w2, b2], parameters) = parts();
    let bytes = file_named(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
    let given = Names::pytorch().prefix("fc").numbers(&[1, 2]);
    for names in
        [Names::found(), given, Names::pytorch().normalized(&[("fc1", "fc2"), ("fc2", "")])]
    {
        assert_eq!(read(&bytes, names).unwrap(), parameters);
    }
    // What is written is read by the same names.
    let (net, mut again, mut buffer) = (Net::<f64>::seeded(1), Net::zeros(), [0; 1000]);
    let length = net.write_safetensors_into(given, Dtype::F64, &mut buffer).unwrap();
    again.read_safetensors(&buffer[..length], given).unwrap();
    assert_eq!(again, net);

    // One more is left over, with the normalization behind it, and is none of the layer in front.
    let third = [
        ("fc3.weight", &[2, 2][..], &b1[..]),
        ("fc3.bias", &[2], &b2),
        ("fc4.running_mean", &[2], &b2),
    ];
    let two = [
        ("fc1.weight", &[4, 3][..], &w1[..]),
        ("fc1.bias", &[4], &b1),
        ("fc2.weight", &[2, 4], &w2),
        ("fc2.bias", &[2], &b2),
    ];
    let bytes = file(&[&third[..], &two].concat());
    assert_eq!(
        read(&bytes, Names::found()).unwrap_err(),
        "nothing to this network: fc3.weight [2, 2], fc3.bias [2], fc4.running_mean [2]"
    );
    assert_eq!(read(&bytes, Names::found().among_others()).unwrap(), parameters);
}

/// Ours have no word behind what names a layer.
#[test]
fn our_layers_have_whole_names() {
    let bytes = file(&[("policy", &[4, 4], &[0.5; 16]), ("head", &[5, 2], &[0.25; 10])]);
    for names in [
        Names::ours().layers(&["policy", "head"]),
        Names::ours().normalized(&[("policy", ""), ("head", "")]),
    ] {
        assert_eq!(read(&bytes, names).unwrap(), [&[0.5; 16][..], &[0.25; 10]].concat());
    }
}

#[test]
fn of_several_networks_one_is_named() {
    let ([w1, b1, w2, b2], parameters) = parts();
    let zeros = [0.0; 12];
    let bytes = file(&[
        ("actor.0.weight", &[4, 3], &w1),
        ("actor.0.bias", &[4], &b1),
        ("actor.2.weight", &[2, 4], &w2),
        ("actor.2.bias", &[2], &b2),
        ("critic.0.weight", &[4, 3], &zeros),
        ("critic.0.bias", &[4], &b1),
        ("critic.2.weight", &[1, 4], &b1),
        ("critic.2.bias", &[1], &[1.0]),
        ("log_std", &[2], &b2),
    ]);
    let error = read(&bytes, Names::found()).unwrap_err();
    assert_eq!(
        error,
        "several networks, or layers whose names differ in more than a number: actor.0.weight, \
         critic.0.weight; `prefix` tells which, `layers` names each"
    );
    for names in [Names::found(), Names::pytorch()] {
        assert_eq!(read(&bytes, names.prefix("actor.")).unwrap(), parameters);
    }
    let error = read(&bytes, Names::found().prefix("critic.")).unwrap_err();
    assert_eq!(error, "critic.2.weight: [1, 4] of F64; it must be [2, 4] of F64, F32, F16 or BF16");
    // Layers that do not go by numbers are given, and the rest is then left over.
    let given = Names::pytorch().layers(&["actor.0", "actor.2"]);
    assert!(read(&bytes, given).unwrap_err().ends_with("critic.2.bias [1], log_std [2]"));
    assert_eq!(read(&bytes, given.among_others()).unwrap(), parameters);
    // Two spellings of one number.
    let bytes = file(&[("0.weight", &[4, 3], &w1), ("00.weight", &[2, 4], &w2)]);
    let error = read(&bytes, Names::found()).unwrap_err();
    assert_eq!(error, "00.weight: a second tensor for one part of one layer");
    let bytes = file(&[
        ("0.weight", &[4, 3], &w1),
        ("0.bias", &[4], &b1),
        ("2.weight", &[2, 4], &w2),
        ("2.bias", &[2], &b2),
        ("00.bias", &[4], &b1),
    ]);
    assert_eq!(
        read(&bytes, Names::found()).unwrap_err(),
        "00.bias: a second tensor for one part of one layer"
    );
    // A number that is none.
    let bytes = file(&[("99999999999.weight", &[4, 3], &w1)]);
    assert!(read(&bytes, Names::found()).unwrap_err().starts_with("no matrix"));
}

#[test]
fn a_bias_that_is_not_there() {
    let ([w1, _, w2, b2], _) = parts();
    let bytes =
        file(&[("0.weight", &[4, 3], &w1), ("2.weight", &[2, 4], &w2), ("2.bias", &[2], &b2)]);
    assert_eq!(read(&bytes, Names::found()).unwrap_err(), "missing: 0.bias [4]");
    let parameters = read(&bytes, Names::found().zero_where_no_bias()).unwrap();
    assert_eq!(parameters[..4], [0.0; 4]);
    assert_eq!(parameters[4..], parts().1[4..]);
}

#[test]
fn batch_normalization() {
    let ([w1, b1, w2, b2], _) = parts();
    let (mean, variance) = ([0.5, -1.0, 2.0, 0.0], [3.0, 0.75, 8.0, 0.0]);
    let (gamma, beta) = ([2.0, -1.0, 0.0, 0.5], [0.0, 1.0, -3.0, 0.25]);
    // ε of 1 makes roots of 2, √1.75, 3 and 1.
    let names = Names::pytorch().epsilon(1.0);
    let linear = [
        ("0.weight", &[4, 3][..], &w1[..]),
        ("0.bias", &[4], &b1),
        ("3.weight", &[2, 4], &w2),
        ("3.bias", &[2], &b2),
    ];
    let with = |others: &[(&str, &[usize], &[f64])]| file(&[&linear[..], others].concat());
    let norm = [
        ("1.weight", &[4][..], &gamma[..]),
        ("1.bias", &[4], &beta),
        ("1.running_mean", &[4], &mean),
        ("1.running_var", &[4], &variance),
        ("1.num_batches_tracked", &[], &[7.0]),
    ];
    let folded = read(&with(&norm), names).unwrap();
    let scales: Vec<f64> =
        gamma.iter().zip(variance).map(|(g, v)| g / (v + 1.0_f64).sqrt()).collect();
    for unit in 0..4 {
        let bias = scales[unit] * (b1[unit] - mean[unit]) + beta[unit];
        assert_eq!(folded[unit], bias);
        for input in 0..3 {
            assert_eq!(folded[4 + 4 * input + unit], scales[unit] * w1[3 * unit + input]);
        }
    }
    assert_eq!(folded[16..], parts().1[16..]);
    // Without γ and β, and without a bias in front of it.
    let plain = read(&with(&norm[2..]), names).unwrap();
    assert_eq!(plain[0], (b1[0] - 0.5) / 2.0);
    let no_bias = file(&[&linear[..1], &linear[2..], &norm[..]].concat());
    assert_eq!(read(&no_bias, names).unwrap()[0], -0.5);

    // A mean without a variance; a layer normalization, which has neither.
    assert_eq!(read(&with(&norm[..3]), names).unwrap_err(), "missing: 1.running_var [4]");
    assert_eq!(
        read(&with(&norm[..2]), names).unwrap_err(),
        "missing: 1.running_mean [4], 1.running_var [4]"
    );
    // With an activation in between, in front of everything, or of a wrong size.
    let apart = [("2.running_mean", &[4][..], &mean[..]), ("2.running_var", &[4], &variance)];
    assert_eq!(
        read(&with(&apart), names).unwrap_err(),
        "2.running_mean: a batch normalization that is not right behind a layer cannot be folded into one"
    );
    let wide = [("1.running_mean", &[5][..], &[0.0; 5][..]), ("1.running_var", &[4], &variance)];
    assert_eq!(
        read(&with(&wide), names).unwrap_err(),
        "1.running_mean: [5] of F64; it must be [4] of F64, F32, F16 or BF16"
    );
    // Variances that are none.
    for (value, is_right) in [(-0.5, false), (0.0, true), (f64::MAX, true)] {
        let variance = [3.0, value, 8.0, 0.0];
        let norm = [norm[2], ("1.running_var", &[4], &variance)];
        match read(&with(&norm), names) {
            Ok(_) => assert!(is_right, "{value}"),
            Err(error) => {
                assert!(!is_right);
                assert_eq!(
                    error,
                    "1.running_var: entry 1 is -0.5, and ε 1; neither may be negative, nor their sum 0 or infinite"
                );
            }
        }
    }
    for (epsilon, entry) in
        [(0.0, "3 is 0"), (-0.5, "0 is 3"), (f64::INFINITY, "0 is 3"), (f64::NAN, "0 is 3")]
    {
        let error = read(&with(&norm), names.epsilon(epsilon)).unwrap_err();
        let expected = format!("1.running_var: entry {entry}, and ε {epsilon}; neither may be ");
        assert!(error.starts_with(&expected), "{error}");
    }
    // What is finite may be so no more when it is folded.
    let huge = [("1.weight", &[4][..], &[1e300; 4][..]), ("1.bias", &[4], &beta), norm[2], norm[3]];
    let mut net = Net::<f32>::zeros();
    let bytes = with(&huge);
    let error = net.read_safetensors(&bytes, names).unwrap_err();
    assert!(matches!(error.fault(), Fault::Range { index: 0, .. }), "{error}");
}
