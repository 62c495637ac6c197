//! `gradient_properties!`, as its users write it, and how what it draws shrinks.

use std::cell::Cell;

use constprop::gradient_properties;
use constprop::prelude::*;
use constprop::properties::{self, Case, Failure};
use constprop::strategies::{self, cases, networks, numbers};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

network! {
    pub struct MyNet(3 => 5 Tanh => 2 Softmax) minimizing CategoricalCrossEntropy;
}
gradient_properties!(MyNet);

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}
gradient_properties!(article: Article);
gradient_properties!(article_in_f32: Article<f32>);

network! {
    pub struct Policy<const ACT: usize>(4 => 6 Relu => 3 Elu => ACT Identity) minimizing Huber;
}
gradient_properties!(policy: Policy<2>);
gradient_properties!(policy_in_f32: Policy<2, f32>);

network! {
    /// Named as the docs name networks.
    pub struct Net(2 => 1 Softmax) minimizing CategoricalCrossEntropy;
}
gradient_properties!(net: Net);

network! {
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}
gradient_properties!(line_in_f32: Line<f32>);

network! {
    pub struct Mixed(2 => 3 Gelu => 4 Silu => 3 Softplus => 2 Tanh) minimizing HalfSquaredError;
}
gradient_properties!(mixed: Mixed);

/// Shrinks a tree for as long as `fails` holds, as a test runner does.
fn shrink<T: ValueTree>(mut tree: T, fails: impl Fn(&T::Value) -> bool) -> T::Value {
    assert!(fails(&tree.current()));
    let mut smallest = tree.current();
    let mut moved = tree.simplify();
    while moved {
        let current = tree.current();
        if fails(&current) {
            smallest = current;
            moved = tree.simplify();
        } else {
            moved = tree.complicate();
        }
        if !moved {
            moved = tree.simplify();
        }
    }
    smallest
}

fn runner() -> TestRunner {
    TestRunner::new(strategies::config())
}

#[test]
fn what_fails_shrinks_to_the_numbers_it_takes() {
    let mut runner = runner();
    for _ in 0..20 {
        let tree = numbers(1000, -1.2, 1.2).new_tree(&mut runner).unwrap();
        let before = tree.current();
        let [first, second] = [before[7], before[640]];
        let smallest = shrink(tree, |values| {
            values[7] == first && values[640].signum() == second.signum() && values[640] != 0.0
        });
        for (index, value) in smallest.into_iter().enumerate() {
            match index {
                7 => assert_eq!(value, first),
                640 if second.abs() >= 0.5 => assert_eq!(value, second.signum()),
                640 => assert!(
                    value != 0.0 && (100.0 * value).fract().abs() < 1e-9 || second.abs() < 0.005
                ),
                _ => assert_eq!(value, 0.0, "entry {index}"),
            }
        }
    }
}

#[test]
fn numbers_stay_in_their_range() {
    let mut runner = runner();
    for (low, high, nearest) in
        [(5.0, 6.0, 5.0), (-6.0, -5.0, f64::next_down(-5.0)), (-1.0, 2.0, 0.0)]
    {
        let tree = numbers(9, low, high).new_tree(&mut runner).unwrap();
        assert_eq!(shrink(tree, |_| true), [nearest; 9]);
        let tree = numbers(1, low, high).new_tree(&mut runner).unwrap();
        let smallest = shrink(tree, |values| values[0] != nearest);
        assert!((low..high).contains(&smallest[0]), "{smallest:?}");
    }
    for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (f64::MIN, f64::MAX)] {
        assert!(numbers(3, low, high).new_tree(&mut runner).is_err(), "{low} to {high}");
    }
}

#[test]
fn a_case_shrinks_to_one_example_and_few_parameters() {
    let mut runner = runner();
    let fails = |case: &Case<Article>| case.net.theta2.weights[(3, 1)].abs() > 0.01;
    let tree = loop {
        let tree = cases::<Article>().new_tree(&mut runner).unwrap();
        if fails(&tree.current()) && tree.current().inputs.len() > 1 {
            break tree;
        }
    };
    let smallest = shrink(tree, fails);
    assert_eq!(smallest.inputs, [[0.0; 3]]);
    assert_eq!(smallest.net.parameters().iter().filter(|theta| **theta != 0.0).count(), 1);
    let text = format!("{smallest:?}");
    assert!(
        text.starts_with("let mut net = <properties::Article>::boxed(); // all 0 but"),
        "{text}"
    );
    assert!(
        text.contains(" // theta2, row 3, column 2\nlet inputs = vec![[0.0, 0.0, 0.0]];"),
        "{text}"
    );
}

#[test]
fn the_same_seed_draws_the_same() {
    let draw = || {
        let mut runner = runner();
        cases::<Article>().new_tree(&mut runner).unwrap().current()
    };
    assert_eq!(format!("{:?}", draw()), format!("{:?}", draw()));
}

network! {
    pub struct Big(3072 => 2000 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

#[test]
fn a_network_larger_than_the_stack_is_drawn() {
    let mut tree = networks::<Big<f32>>().new_tree(&mut runner()).unwrap();
    assert!(tree.simplify());
    assert!(tree.current().parameters().iter().all(|theta| *theta == 0.0));
    assert!(tree.complicate());
    assert!(tree.current().parameters().iter().any(|theta| *theta != 0.0));
}

proptest! {
    #![proptest_config(strategies::config())]

    #[test]
    fn what_is_drawn_suits(
        case in any::<Case<MyNet>>(),
        robust in cases::<Policy<2>>(),
        lambda in any::<Regularization<f32>>(),
        inputs in strategies::inputs::<MyNet>(3..=3),
        targets in strategies::targets::<Article<f32>>(0..=2),
        parameters in strategies::parameters::<Article>(),
    ) {
        prop_assert!(case.net.check_examples(&case.inputs, &case.targets, &case.regularization).is_ok());
        let Case { net, inputs: x, targets: y, regularization } = &robust;
        prop_assert!(net.check_examples(x, y, regularization).is_ok());
        let text = format!("{:?}", robust);
        prop_assert!(text.starts_with("let mut net = <properties::Policy<2"), "{}", text);
        prop_assert!((1..=6).contains(&case.inputs.len()));
        prop_assert!(*lambda.lambda() >= 0.0);
        prop_assert_eq!(inputs.len(), 3);
        prop_assert!(targets.len() <= 2);
        prop_assert!(targets.iter().flatten().all(|y| (0.0..=1.0).contains(y)));
        prop_assert_eq!(parameters.len(), Article::<f64>::PARAMETERS);
    }
}

/// What [`Faulty`] does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    GradientTooLarge,
    OrderMatters,
    SumInsteadOfMean,
    PenaltyOff,
    BiasNotSpared,
    PredictionOff,
    RolledUpBackward,
    Ascent,
    CostOnOrder,
    Flat,
}

thread_local! {
    /// That of this thread's test: as a part of the type, each would be a network to compile.
    static FAULT: Cell<Fault> = const { Cell::new(Fault::None) };
}

/// A network with a fault, beside the one that does it right.
#[repr(transparent)]
struct Faulty<T = f64>(Article<T>);

// SAFETY: transparent over a network, which is `Parameters`.
unsafe impl<T: constprop::RealField> Parameters for Faulty<T> {
    type Scalar = T;
    const PARAMETERS: usize = Article::<T>::PARAMETERS;

    fn set_parameters(&mut self, parameters: &[T]) -> Result<(), constprop::Error> {
        self.0.set_parameters(parameters)?;
        if FAULT.get() == Fault::RolledUpBackward {
            self.0.parameters_mut().reverse();
        }
        Ok(())
    }
}

impl<T> constprop::Over for Faulty<T> {
    type T = T;
}

impl<T: constprop::RealField> Network for Faulty<T> {
    const NAME: &'static str = "Faulty";
    const SHAPES: &'static [constprop::ThetaShape] = Article::<T>::SHAPES;
    type Input = [T; 3];
    type Target = [T; 2];
    type DjDaL = <Article<T> as Network>::DjDaL;
    type DjDx = <Article<T> as Network>::DjDx;
    type DeltaL = <Article<T> as Network>::DeltaL;
    type Hypothesis = Sigmoid;
    type Cost = CrossEntropy;
    type TraceFields = <Article<T> as Network>::TraceFields;
    type DeltaFields = <Article<T> as Network>::DeltaFields;
    type GradientFields<R: constprop::Role> = <Article<T> as Network>::GradientFields<R>;
    type Chain = <Article<T> as Network>::Chain;
    type With<U: constprop::RealField> = Faulty<U>;

    fn zeros() -> Self {
        Self(Article::zeros())
    }

    fn forward_fields(&self, x: &[T; 3]) -> Self::TraceFields {
        self.0.forward_fields(x)
    }

    fn delta_of_fields(trace: &Self::TraceFields, y: &[T; 2]) -> Self::DeltaL {
        Article::delta_of_fields(trace, y)
    }

    fn delta_from_fields(trace: &Self::TraceFields, dj_da: &Self::DjDaL) -> Self::DeltaL {
        Article::delta_from_fields(trace, dj_da)
    }

    fn backward_fields(&self, trace: &Self::TraceFields, delta: Self::DeltaL) -> Self::DeltaFields {
        self.0.backward_fields(trace, delta)
    }

    fn dj_dx_of_fields(&self, deltas: &Self::DeltaFields) -> Self::DjDx {
        self.0.dj_dx_of_fields(deltas)
    }

    fn cost_of_fields(trace: &Self::TraceFields, y: &[T; 2]) -> T {
        Article::cost_of_fields(trace, y)
    }

    fn output_of_fields(trace: &Self::TraceFields) -> &[T; 2] {
        Article::<T>::output_of_fields(trace)
    }

    fn add_outer_products(
        sums: &mut Self::GradientFields<constprop::Summed>,
        trace: &Self::TraceFields,
        deltas: &Self::DeltaFields,
    ) {
        Article::<T>::add_outer_products(sums, trace, deltas);
    }

    fn predict(&self, x: &[T; 3]) -> [T; 2] {
        let off: T =
            nalgebra::convert(if FAULT.get() == Fault::PredictionOff { 1e-9 } else { 0.0 });
        self.0.predict(x).map(|a| a + off.clone())
    }

    fn cost(
        &self,
        inputs: &[[T; 3]],
        targets: &[[T; 2]],
        regularization: &Regularization<T>,
    ) -> Result<T, constprop::Error> {
        let j = self.0.cost(inputs, targets, regularization)?;
        let share = |share: f64| nalgebra::convert::<f64, T>(share);
        Ok(match FAULT.get() {
            Fault::PenaltyOff => j + regularization.penalty(&self.0, inputs.len()) * share(1e-6),
            Fault::Flat => share(1.0),
            _ => j,
        })
    }

    fn cost_and_gradient(
        &self,
        inputs: &[[T; 3]],
        targets: &[[T; 2]],
        regularization: &Regularization<T>,
    ) -> Result<(T, Box<Gradient<Self>>), constprop::Error> {
        let (mut j, mut right) = self.0.cost_and_gradient(inputs, targets, regularization)?;
        if FAULT.get() == Fault::BiasNotSpared {
            let with_bias = regularization.clone().with_bias();
            let (_, moved) = self.0.cost_and_gradient(inputs, targets, &with_bias)?;
            for (entry, moved) in right.parameters_mut().iter_mut().zip(moved.parameters()) {
                let bias = moved.clone() - entry.clone();
                *entry += bias * nalgebra::convert(1e-6);
            }
        }
        let mut gradient = Gradient::<Self>::boxed();
        gradient.parameters_mut().clone_from_slice(right.parameters());
        let mut scale = |factor: f64| {
            for entry in gradient.parameters_mut() {
                *entry *= nalgebra::convert(factor);
            }
        };
        match FAULT.get() {
            Fault::GradientTooLarge => scale(1.0 + 1e-9),
            Fault::Ascent => scale(-1.0),
            Fault::OrderMatters if inputs[0][0] < T::zero() => scale(1.0 + 1e-9),
            Fault::CostOnOrder if inputs[0][0] < T::zero() => j *= nalgebra::convert(1.0 + 1e-9),
            Fault::Flat => j = T::one(),
            Fault::SumInsteadOfMean => {
                j *= nalgebra::convert(inputs.len() as f64);
                scale(inputs.len() as f64);
            }
            _ => {}
        }
        Ok((j, gradient))
    }
}

type Property = fn(&Case<Faulty>) -> Result<(), Failure>;

/// Every fault breaks the property that is there for it, and none breaks without.
#[test]
fn faults_are_seen() {
    let seen = |fault: Fault, property: Property| {
        FAULT.set(fault);
        let panicked = std::panic::catch_unwind(|| strategies::check_property(property));
        let Err(message) = panicked else { return false };
        let message = message.downcast::<String>().unwrap();
        assert!(message.contains("let mut net = <properties::Faulty>"), "{message}");
        true
    };
    let pairs: [(Fault, Property); 10] = [
        (Fault::GradientTooLarge, properties::gradient_is_correct),
        (Fault::GradientTooLarge, properties::paths_agree),
        (Fault::OrderMatters, properties::order_does_not_matter),
        (Fault::CostOnOrder, properties::order_does_not_matter),
        (Fault::SumInsteadOfMean, properties::sums_over_a_split),
        (Fault::PenaltyOff, properties::lambda_adds_the_penalty),
        (Fault::BiasNotSpared, properties::lambda_spares_the_bias),
        (Fault::PredictionOff, properties::paths_agree),
        (Fault::RolledUpBackward, properties::unrolling_is_reversible),
        (Fault::Ascent, properties::descent_lowers_the_cost),
    ];
    for (fault, property) in pairs {
        assert!(seen(fault, property), "{fault:?}");
        assert!(!seen(Fault::None, property), "the property that sees {fault:?}");
    }
}

fn case_of<N: Network<Scalar = f64, Input = [f64; 3], Target = [f64; 2]>>() -> Case<N> {
    Case {
        net: N::boxed_seeded(1),
        inputs: vec![[0.5, -1.0, 0.25], [-0.25, 0.5, 1.0]],
        targets: vec![[0.5, 0.5], [0.5, 0.5]],
        regularization: Regularization::none(),
    }
}

/// A small ∇J is no excuse, and a J that stays where it is shows nothing.
#[test]
fn descent_is_decided_by_what_j_rises_to() {
    FAULT.set(Fault::Ascent);
    let ascent = case_of::<Faulty>();
    let (_, gradient) = ascent
        .net
        .cost_and_gradient(&ascent.inputs, &ascent.targets, &ascent.regularization)
        .unwrap();
    assert!(gradient.inner_product(&gradient) < 0.5);
    let Err(Failure::Broken(text)) = properties::descent_lowers_the_cost(&ascent) else { panic!() };
    assert!(text.contains(" rises along −∇J, down to steps of "), "{text}");
    FAULT.set(Fault::Flat);
    let Err(failure) = properties::descent_lowers_the_cost(&ascent) else { panic!() };
    assert_eq!(failure, Failure::Undecided("no step lowers J by more than rounding".into()));
    assert_eq!(failure.to_string(), "nothing can be said: no step lowers J by more than rounding");
    assert_eq!(Failure::Broken("J".into()).to_string(), "J");
}

/// Its outputs go up to e²⁰ where z goes to 20.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exponential;

impl Activation for Exponential {
    const NAME: &'static str = "Exponential";

    #[inline(always)]
    fn g<V: Real>(z: V) -> V {
        z.exp()
    }

    #[inline(always)]
    fn g_prime<V: Real>(_z: V, a: V) -> V {
        a
    }

    #[inline(always)]
    fn g_second<V: Real>(_z: V, a: V) -> V {
        a
    }
}

network! {
    pub struct Rates(3 => 4 Tanh => 2 Exponential) minimizing HalfSquaredError;
}

#[test]
fn large_outputs_may_round_as_they_are_large() {
    let mut case = case_of::<Rates>();
    case.net.theta2.bias.fill(20.0);
    properties::paths_agree(&case).unwrap();
}
