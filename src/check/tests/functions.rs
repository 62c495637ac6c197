//! Where activations and costs are judged: arguments, tolerances, and targets that suit.

use crate::activation::{Identity, Relu, Sigmoid};
use crate::check::functions::{check_cost_at, judge_at};
use crate::check::ladder::Outcome;
use crate::check::problem::Problem;
use crate::check::report::Part;
use crate::check::rounded::{Double, Rounded};
use crate::check::sample;
use crate::check::targets::Targets;
use crate::cost::{
    CategoricalCrossEntropy, Compared, Cost, CostOfA, CrossEntropy, HalfSquaredError, Predicted,
    Target,
};
use crate::error::TargetFault;
use crate::output::Softmax;
use crate::real::Real;
use crate::regularization::Regularization;
use crate::shapes::parameters::Parameters;
use crate::shapes::theta::Theta;

type Number = Rounded<Double>;

/// Beyond 40 an account of rounding says nothing, and 10⁻⁹ of the largest slope is allowed.
#[test]
fn slopes_far_out_are_judged_by_their_size() {
    let wrong = 1.0 + 5e-10;
    assert_eq!(judge_at(40.0, wrong, 1.0, 1e-13, 1.0), (Outcome::Differs, 4e-13));
    assert_eq!(judge_at(-40.25, wrong, 1.0, 1e-13, 1.0), (Outcome::Agrees, 1e-9));
    assert_eq!(judge_at(100.0, 1e6 * wrong, 1e6, 1e-13, 1.0).0, Outcome::Agrees);
    assert_eq!(judge_at(100.0, 1e-6 + 5e-10, 1e-6, 1e-13, 1.0).0, Outcome::Agrees);
    assert_eq!(judge_at(100.0, 1e6 * (1.0 + 2e-9), 1e6, 1e-13, 1.0).0, Outcome::Differs);
    assert_eq!(judge_at(100.0, 1e-10, 0.0, 1e-13, 1e-10).0, Outcome::Differs);
    assert_eq!(judge_at(100.0, 1e-20, 0.0, 1e-13, 1e-10).0, Outcome::Agrees);
    assert_eq!(judge_at(1.0, 1.0, f64::INFINITY, 1e-13, 1.0).0, Outcome::Unresolved);
    assert_eq!(judge_at(1.0, 5.0, 1.0, f64::INFINITY, 1.0).0, Outcome::Unresolved);
}

/// Of ½(a − y)² every second derivative is 1, so the sum of the three that are taken along 1 + 3, 1 and
/// 3 is 16 + 1 + 9.
#[test]
fn curvatures_may_be_off_by_what_they_are_differences_of() {
    let mut parts = ["δ", "∂δ/∂z"].map(|name| Part::new(name.into()));
    check_cost_at::<HalfSquaredError, Identity, 1>(&mut parts, &[2.0], &[1.0], &[3.0], 1.0);
    let [z, y, v] = [2.0, 1.0, 3.0].map(|value| [Number::constant(value)]);
    let compared = Compared { z: &z, a: Predicted(&z), y: Target(&y) };
    let [rounded] = <HalfSquaredError as Cost<Identity>>::curvature(compared, &v);
    let worst = parts[1].worst.unwrap();
    assert_eq!((parts[1].agree, worst.analytic, worst.numerical), (1, 3.0, 3.0));
    assert!((worst.tolerance - 4.0 * rounded.error() - 27e-13).abs() < 1e-24, "{worst:?}");
}

/// As [`select_gt`](Real::select_gt) takes it.
#[test]
fn a_unit_on_its_kink_stands_on_the_lower_side() {
    crate::network! {
        // Where the macro is another crate's, nothing is said of what it writes.
        #[allow(dead_code, unused_parens)]
        pub struct Unit(1 => 1 Relu => 1 Identity) minimizing HalfSquaredError;
    }
    let none = Regularization::none();
    for (z, crosses) in [(0.25, true), (-0.25, false)] {
        let net = Unit::<f64>::new(Theta::new([z], [[0.0]]), Theta::new([0.0], [[1.0]]));
        let gradient = vec![0.0; Unit::<f64>::PARAMETERS];
        let problem = Problem::new(&net, &[[1.0]], &[[0.0]], &none, &gradient);
        assert!(!problem.point(&problem.theta, 0.0).crosses);
        let mut theta = problem.theta.clone();
        theta[0] = 0.0;
        assert_eq!(problem.point(&theta, -z).crosses, crosses, "from {z}");
    }
}

#[test]
fn samples_come_from_all_over() {
    let mut rng = crate::rng(1);
    assert_eq!(sample(5, 5, &mut rng), [0, 1, 2, 3, 4]);
    assert_eq!(sample(3, 9, &mut rng), [0, 1, 2]);
    for _ in 0..20 {
        let drawn = sample(1000, 40, &mut rng);
        assert_eq!(drawn.len(), 40);
        for (stretch, index) in drawn.into_iter().enumerate() {
            assert_eq!(index / 25, stretch);
        }
    }
}

/// A cost of a − y that takes the targets that `KIND` says.
#[derive(Clone, Copy, Debug, Default)]
struct Taking<const KIND: usize>;

const POSITIVE: usize = 0;
const ABOVE_MINUS_ONE: usize = 1;
const ONE_HOT: usize = 2;
const BITS: usize = 3;
const SIGNS: usize = 4;
const POSITIVE_LAST: usize = 5;
const SAME_SIGNS: usize = 6;
const NOT_ALL_NEGATIVE: usize = 7;

impl<const KIND: usize> CostOfA for Taking<KIND> {
    const NAME: &'static str = "Taking";

    fn cost<V: Real>(a: V, y: V) -> V {
        a - y
    }

    fn slope<V: Real>(_a: V, _y: V) -> V {
        V::one()
    }

    fn curvature<V: Real>(_a: V, _y: V) -> V {
        V::zero()
    }

    fn check_target<T: nalgebra::RealField>(y: &[T]) -> Result<(), TargetFault> {
        let (zero, one, y0) = (T::zero(), T::one(), y[0].clone());
        let fits = match KIND {
            POSITIVE => y.iter().all(|y| *y > zero),
            ABOVE_MINUS_ONE => y.iter().all(|y| *y > -one.clone()),
            BITS => y.iter().all(|y| *y == zero || *y == one),
            SIGNS => y.iter().all(|y| y.clone().abs() == one),
            POSITIVE_LAST => y.last().is_some_and(|y| *y > zero),
            SAME_SIGNS => y.iter().all(|y| y.clone().abs() == one && *y == y0),
            NOT_ALL_NEGATIVE => y.iter().all(|y| y.clone().abs() == one) && y.contains(&one),
            _ => y.iter().all(|y| *y == zero || *y == one) && y.contains(&one),
        };
        let fault = TargetFault { entry: None, value: 0.0, expected: "another" };
        if fits { Ok(()) } else { Err(fault) }
    }
}

#[test]
fn costs_say_which_targets_they_take() {
    assert_eq!(Targets::of::<HalfSquaredError, Identity, f64>(), Targets::Real);
    assert_eq!(Targets::of::<Taking<POSITIVE>, Identity, f64>(), Targets::Positive);
    assert_eq!(Targets::of::<Taking<ABOVE_MINUS_ONE>, Identity, f64>(), Targets::Positive);
    assert_eq!(Targets::of::<CrossEntropy, Sigmoid, f64>(), Targets::Unit);
    assert_eq!(Targets::of::<CategoricalCrossEntropy, Softmax, f32>(), Targets::Distribution);
    assert_eq!(Targets::of::<Taking<ONE_HOT>, Identity, f32>(), Targets::OneHot);
    assert_eq!(Targets::of::<Taking<BITS>, Identity, f64>(), Targets::Bits);
    assert_eq!(Targets::of::<Taking<SIGNS>, Identity, f64>(), Targets::Signs);
    // Whichever entry it is that has a condition.
    assert_eq!(Targets::of::<Taking<POSITIVE_LAST>, Identity, f64>(), Targets::Positive);
    // What takes some signs together, but not all, is asked for no signs.
    assert_eq!(Targets::of::<Taking<SAME_SIGNS>, Identity, f64>(), Targets::OneHot);
    assert_eq!(Targets::of::<Taking<NOT_ALL_NEGATIVE>, Identity, f64>(), Targets::OneHot);
}

#[test]
fn targets_are_made_to_suit() {
    let fitted = |kind: Targets, mut y: [f64; 3]| {
        kind.fit(&mut y);
        y
    };
    let y = [0.19, 0.69, 0.09];
    for kind in [Targets::Real, Targets::Positive, Targets::Unit] {
        assert_eq!(fitted(kind, y), y);
    }
    let shares = [0.1, 0.4, 0.1].map(|share| share / 0.6);
    for (found, expected) in
        fitted(Targets::Distribution, [0.09, 0.39, 0.09]).into_iter().zip(shares)
    {
        assert!((found - expected).abs() < 1e-15, "{found}, not {expected}");
    }
    assert_eq!(fitted(Targets::OneHot, y), [0.0, 1.0, 0.0]);
    assert_eq!(fitted(Targets::Bits, [0.5, 0.51, 0.6]), [0.0, 1.0, 1.0]);
    assert_eq!(fitted(Targets::Signs, [0.5, 0.51, 0.6]), [-1.0, 1.0, 1.0]);
    assert_eq!(fitted(Targets::OneHot, [0.5, 0.1, 0.5]), [1.0, 0.0, 0.0]);
    assert_eq!(fitted(Targets::OneHot, [0.5, 0.1, 0.6]), [0.0, 0.0, 1.0]);
    let ranges = [(Targets::Real, -3.0..3.0), (Targets::Positive, 0.05..3.0)];
    for (kind, range) in ranges
        .into_iter()
        .chain([Targets::Unit, Targets::Distribution, Targets::OneHot].map(|kind| (kind, 0.0..1.0)))
    {
        assert_eq!(kind.range(), range);
    }
}
