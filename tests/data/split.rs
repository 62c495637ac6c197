//! Splits and folds: what makes them partitions, fair to classes, and the same again; labels.

use std::collections::BTreeMap;

use constprop::Error;
use constprop::data::{KFold, balanced, one_hot_all, select, share, stratified, train_test};
use proptest::prelude::*;

use crate::config;

/// Whether these are 0 to n − 1, each once.
fn partition(parts: &[&[usize]], n: usize) -> bool {
    let mut all = parts.concat();
    all.sort_unstable();
    all.into_iter().eq(0..n)
}

fn counts(labels: &[usize]) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for label in labels {
        *counts.entry(*label).or_default() += 1;
    }
    counts
}

/// Labels in any order, each class with `least` members or more; labels are any numbers.
fn labels(least: usize) -> impl Strategy<Value = Vec<usize>> {
    let class = (prop_oneof![0..5_usize, any::<usize>()], least..20);
    let labels = prop::collection::btree_map(class.0, class.1, 1..6).prop_map(|classes| {
        classes.into_iter().flat_map(|(label, members)| vec![label; members]).collect::<Vec<_>>()
    });
    labels.prop_shuffle()
}

#[test]
fn train_test_is_a_partition_of_the_right_size() {
    proptest!(config(), |(n in 2..200_usize, share in 0.001..0.999, seed in any::<u64>())| {
        let (train, test) = train_test(n, share, seed).unwrap();
        prop_assert!(partition(&[&train, &test], n));
        prop_assert!(!train.is_empty() && !test.is_empty());
        let off = (test.len() as f64 - share * n as f64).abs();
        prop_assert!(off <= 0.5 + 1e-9 || test.len() == 1 || train.len() == 1, "{}", off);
        prop_assert_eq!(train_test(n, share, seed).unwrap(), (train, test));
    });
}

#[test]
fn shares_are_a_partition_in_order() {
    let cases = (prop_oneof![0..50_usize, any::<usize>()], 1..20_usize);
    proptest!(config(), |((n, of) in cases)| {
        let shares: Vec<_> = (0..of).map(|k| share(n, k, of).unwrap()).collect();
        prop_assert_eq!((shares[0].start, shares[of - 1].end), (0, n));
        prop_assert!(shares.windows(2).all(|two| two[0].end == two[1].start));
        prop_assert!(shares.windows(2).all(|two| two[0].len() >= two[1].len()));
        prop_assert!(shares[0].len() - shares[of - 1].len() <= 1);
    });
    for (k, of) in [(0, 0), (1, 1), (usize::MAX, 3)] {
        assert!(matches!(share(5, k, of), Err(Error::Setting { .. })));
    }
    assert_eq!(share(usize::MAX, usize::MAX - 1, usize::MAX), Ok(usize::MAX - 1..usize::MAX));
}

#[test]
fn stratified_splits_every_class() {
    let cases = (labels(2), 0.001..0.999, any::<u64>());
    proptest!(config(), |((labels, share, seed) in cases)| {
        let (train, test) = stratified(&labels, share, seed).unwrap();
        prop_assert!(partition(&[&train, &test], labels.len()));
        let (all, held_out) = (counts(&labels), counts(&select(&labels, &test).unwrap()));
        let mut kept_by_rounding = true;
        for (class, members) in all {
            let drawn = held_out.get(&class).copied().unwrap_or(0);
            prop_assert!(0 < drawn && drawn < members);
            let off = (drawn as f64 - share * members as f64).abs();
            prop_assert!(off < 1.0 + 1e-9, "class {}: off by {}", class, off);
            kept_by_rounding &= drawn > 1 && drawn + 1 < members;
        }
        if kept_by_rounding {
            let off = (test.len() as f64 - share * labels.len() as f64).abs();
            prop_assert!(off <= 0.5 + 1e-9, "the test is off by {}", off);
        }
        prop_assert_eq!(stratified(&labels, share, seed).unwrap(), (train, test));
    });
}

#[test]
fn k_folds_hold_out_each_example_once() {
    let cases = (2..100_usize).prop_flat_map(|n| (Just(n), 2..=n, any::<u64>()));
    proptest!(config(), |((n, k, seed) in cases)| {
        let folds = KFold::new(n, k, seed).unwrap();
        prop_assert_eq!(folds.splits().len(), k);
        let mut held_out = Vec::new();
        for (train, validation) in folds.splits() {
            prop_assert!(partition(&[&train, &validation], n));
            prop_assert!([n / k, n.div_ceil(k)].contains(&validation.len()));
            held_out.push(validation);
        }
        prop_assert!(held_out.is_sorted_by(|a, b| a.len() >= b.len()));
        prop_assert!(partition(&[&held_out.concat()], n));
        prop_assert_eq!(KFold::new(n, k, seed).unwrap(), folds);
    });
}

#[test]
fn stratified_folds_have_their_part_of_every_class() {
    let cases = (2..6_usize).prop_flat_map(|k| (Just(k), labels(k), any::<u64>()));
    proptest!(config(), |((k, labels, seed) in cases)| {
        let (n, all) = (labels.len(), counts(&labels));
        let folds = KFold::stratified(&labels, k, seed).unwrap();
        let mut held_out = Vec::new();
        for (train, validation) in folds.splits() {
            prop_assert!(partition(&[&train, &validation], n));
            prop_assert!([n / k, n.div_ceil(k)].contains(&validation.len()));
            let found = counts(&select(&labels, &validation).unwrap());
            for (class, members) in &all {
                prop_assert!([members / k, members.div_ceil(k)].contains(&found[class]));
            }
            held_out.push(validation);
        }
        prop_assert!(partition(&[&held_out.concat()], n));
        prop_assert_eq!(KFold::stratified(&labels, k, seed).unwrap(), folds);
    });
}

/// Each example is held out as often as any other, and every place of the order is as likely: χ² of
/// 10 000 seeds over 10 places, 9 degrees of freedom, beyond 33.7 in one of 10 000 cases.
#[test]
fn a_shuffle_is_fair() {
    let mut first = [0_u32; 10];
    let mut held_out = [0_u32; 10];
    for seed in 0..10_000 {
        let (train, test) = train_test(10, 0.3, seed).unwrap();
        first[train[0]] += 1;
        for index in test {
            held_out[index] += 1;
        }
    }
    let chi_squared = |counts: [u32; 10], mean: f64, variance: f64| -> f64 {
        counts.map(|count| (f64::from(count) - mean).powi(2) / variance).iter().sum()
    };
    assert!(chi_squared(first, 1000.0, 1000.0) < 33.7, "{first:?}");
    // 3 of 10 without replacement: variance 10 000 · 0.3 · 0.7, of which 9/10 are free.
    assert!(chi_squared(held_out, 3000.0, 2100.0 * 10.0 / 9.0) < 33.7, "{held_out:?}");
}

/// The numbers of a seed are part of what a release promises. These are from RFC 8439's block function
/// with 8 rounds, a 64-bit counter and the seed spread by PCG32, as `seed_from_u64` documents it:
///
/// ```python
/// M, W = 2**64 - 1, 2**32 - 1
/// def seed(s):
///     key = []
///     for _ in range(8):
///         s = (s * 6364136223846793005 + 11634580027462260723) & M
///         x, r = (((s >> 18) ^ s) >> 27) & W, s >> 59
///         key.append(((x >> r) | (x << (32 - r))) & W)
///     return key
/// def block(key, counter):
///     rot = lambda v, n: ((v << n) | (v >> (32 - n))) & W
///     s = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] + key + [counter, 0, 0, 0]
///     w = s[:]
///     def q(a, b, c, d):
///         for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
///             w[x] = (w[x] + w[y]) & W
///             w[z] = rot(w[z] ^ w[x], n)
///     for _ in range(4):
///         for i in range(4): q(i, 4 + i, 8 + i, 12 + i)
///         for i in range(4): q(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
///     return [(a + b) & W for a, b in zip(s, w)]
/// def shuffled(n, s):
///     words = iter([v for c in range(n) for v in block(seed(s), c)])
///     order = list(range(n))
///     for b in range(n, 1, -1):
///         p = 0
///         while p & M < 2**64 % b or p == 0:
///             p = (next(words) | next(words) << 32) * b
///         order[b - 1], order[p >> 64] = order[p >> 64], order[b - 1]
///     return order
/// print(shuffled(10, 42), shuffled(12, 7))
/// ```
#[test]
fn a_seed_stays_what_it_is() {
    let (test, train) = (vec![9, 7, 2], vec![5, 0, 1, 4, 3, 8, 6]);
    assert_eq!(train_test(10, 0.3, 42).unwrap(), (train, test));
    let folds = KFold::new(12, 5, 7).unwrap();
    let held_out: Vec<_> = folds.splits().map(|(_, validation)| validation).collect();
    let expected = [&[3, 5, 8][..], &[10, 9, 0], &[2, 4], &[6, 7], &[11, 1]];
    assert_eq!(held_out, expected);
    assert_ne!(train_test(20, 0.5, 1).unwrap(), train_test(20, 0.5, 2).unwrap());
}

#[test]
fn what_cannot_be_split() {
    for share in [0.0, 1.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
        let error = train_test(10, share, 0).unwrap_err();
        assert!(matches!(error, Error::Setting { name: "share", .. }), "{share}: {error}");
        let error = stratified(&[0, 0, 1, 1], share, 0).unwrap_err();
        assert!(matches!(error, Error::Setting { name: "share", .. }), "{share}: {error}");
    }
    assert_eq!(train_test(0, 0.5, 0), Err(Error::NoExamples));
    assert_eq!(stratified(&[], 0.5, 0), Err(Error::NoExamples));
    assert_eq!(KFold::new(0, 2, 0), Err(Error::NoExamples));
    assert_eq!(KFold::stratified(&[], 2, 0), Err(Error::NoExamples));
    let message = train_test(1, 0.5, 0).unwrap_err().to_string();
    assert_eq!(message, "number of examples is 1; it must be at least 2");
    let error = train_test(usize::MAX, 0.5, 0).unwrap_err();
    assert!(matches!(error, Error::Setting { name: "number of examples", .. }), "{error}");
    assert!(KFold::new(usize::MAX, 2, 0).is_err());
    for k in [0, 1, 5, usize::MAX] {
        let error = KFold::new(4, k, 0).unwrap_err();
        assert!(matches!(error, Error::Setting { name: "number of folds", .. }), "{k}: {error}");
        assert_eq!(KFold::stratified(&[0; 4], k, 0), Err(error));
    }
    let error = stratified(&[3, 3, 7, 3], 0.5, 0).unwrap_err();
    assert_eq!(error, Error::Class { class: 7, members: 1, needed: 2 });
    assert_eq!(error.to_string(), "class 7: 1 examples where at least 2 are needed");
    let error = KFold::stratified(&[0, 0, 0, 1, 1, 1, 1], 4, 0).unwrap_err();
    assert_eq!(error, Error::Class { class: 0, members: 3, needed: 4 });
}

#[test]
fn selected_items() {
    assert_eq!(select(&["a", "b", "c"], &[2, 2, 0]).unwrap(), ["c", "c", "a"]);
    assert_eq!(select::<u8>(&[], &[]).unwrap(), Vec::<u8>::new());
    let error = select(&[1, 2], &[0, 2]).unwrap_err();
    assert_eq!(error, Error::Index { index: 2, examples: 2 });
    assert_eq!(error.to_string(), "index 2, but there are 2 examples, counted from 0");
}

/// scikit-learn 1.9.1:
///
/// ```python
/// compute_class_weight("balanced", classes=np.arange(3), y=[2, 0, 1, 1, 2, 2, 2, 0, 2, 2])
/// ```
///
/// gives 1.66666667, 1.66666667, 0.55555556: 10/6, 10/6 and 10/18.
#[test]
fn balanced_weights_are_scikit_learns() {
    let weights = balanced::<f64, 3>(&[2, 0, 1, 1, 2, 2, 2, 0, 2, 2]).unwrap();
    assert_eq!(weights, [10.0 / 6.0, 10.0 / 6.0, 10.0 / 18.0]);
    assert_eq!(balanced::<f32, 1>(&[0; 7]).unwrap(), [1.0]);
    assert_eq!(balanced::<f64, 2>(&[]), Err(Error::NoExamples));
    let error = balanced::<f64, 2>(&[0, 1, 2]).unwrap_err();
    assert_eq!(error, Error::ExampleLabel { example: 2, label: 2, classes: 2 });
    let error = balanced::<f64, 3>(&[0, 2, 2]).unwrap_err();
    assert_eq!(error, Error::Class { class: 1, members: 0, needed: 1 });
    assert!(balanced::<f64, 0>(&[0]).is_err());
}

#[test]
fn targets_of_labels() {
    let targets = one_hot_all::<f32, 3>(&[1, 0, 2]).unwrap();
    assert_eq!(targets, [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(one_hot_all::<f64, 3>(&[]).unwrap(), [[0.0; 3]; 0]);
    let error = one_hot_all::<f64, 3>(&[0, usize::MAX, 9]).unwrap_err();
    assert_eq!(error, Error::ExampleLabel { example: 1, label: usize::MAX, classes: 3 });
}
