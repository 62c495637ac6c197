//! Scales and dropout.

use constprop::Dropout;
use constprop::data::{MinMax, Standardize};
use proptest::array::uniform3;
use proptest::prelude::*;

use crate::{cut_off, refused, returned, returns, to_json};

#[test]
fn how_they_look() {
    let standardize = Standardize::fit(&[[1.0, 5.0], [3.0, 5.0]]).unwrap();
    assert_eq!(to_json(&standardize), r#"{"mean":[2.0,5.0],"deviation":[1.0,1.0]}"#);
    let min_max = MinMax::fit(&[[1.0_f32, 5.0], [3.0, 5.0]]).unwrap();
    assert_eq!(to_json(&min_max), r#"{"shift":[1.0,5.0],"scale":[2.0,1.0]}"#);
    let dropout = Dropout::new([0.25, 0.5], u64::MAX).unwrap();
    assert_eq!(to_json(&dropout), r#"{"rates":[0.25,0.5],"seed":18446744073709551615}"#);
    returns(&standardize);
    returns(&min_max);
    returns(&dropout);
    cut_off(&standardize);
    cut_off(&dropout);
}

#[test]
fn what_no_constructor_takes_is_refused() {
    type Scale = Standardize<f64, 2>;
    for (json, expected) in [
        (r#"{"mean":[0],"deviation":[1,1]}"#, "mean has 1 entries; it must have 2"),
        (r#"{"mean":[0,0],"deviation":[1,1,1]}"#, "deviation has 3 entries; it must have 2"),
        (
            r#"{"mean":[0,0],"deviation":[1,0]}"#,
            "deviation of entry 1 is 0; it must be finite and greater than 0",
        ),
        (r#"{"mean":["NaN",0],"deviation":[1,1]}"#, "mean of entry 0 is NaN; it must be finite"),
        (r#"{"mean":[0,0]}"#, "missing field `deviation`"),
        (
            r#"{"mean":7,"deviation":[1,1]}"#,
            "invalid type: integer `7`, expected 2 numbers for mean",
        ),
    ] {
        assert_eq!(refused::<Scale>(json), expected);
    }
    let json = r#"{"shift":[0,0],"scale":[1]}"#;
    assert_eq!(refused::<MinMax<f32, 2>>(json), "scale has 1 entries; it must have 2");
    let json = r#"{"rates":[0.5,1],"seed":1}"#;
    assert_eq!(refused::<Dropout<2>>(json), "dropout is 1; it must be from 0 to below 1");
    assert_eq!(refused::<Dropout<1>>(json), "rates has 2 entries; it must have 1");
    // Without names, too.
    let bytes =
        postcard::to_allocvec(&Standardize::fit(&[[1.0, 5.0], [3.0, 6.0]]).unwrap()).unwrap();
    postcard::from_bytes::<Standardize<f64, 1>>(&bytes).unwrap_err();
    postcard::from_bytes::<Standardize<f64, 3>>(&bytes).unwrap_err();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scales_return(
        mean in uniform3(any::<f64>().prop_filter("finite", |x| x.is_finite())),
        deviation in uniform3(f64::MIN_POSITIVE..f64::MAX),
        x in uniform3(-1e3..1e3),
    ) {
        let scale = Standardize::from_constants([mean, deviation]).unwrap();
        for returned in returned(&scale) {
            prop_assert_eq!(returned.constants().map(|c| c.map(f64::to_bits)), scale.constants().map(|c| c.map(f64::to_bits)));
            prop_assert_eq!(returned.applied(x), scale.applied(x));
        }
        let scale = MinMax::from_constants([mean.map(|x| (x % 1e30) as f32), deviation.map(|_| 0.1)]).unwrap();
        returns(&scale);
    }
}
