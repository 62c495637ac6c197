//! Products with curvature matrices: their properties on networks that have every activation hidden
//! and as output, and every cost; known ones, and refused ones.

mod common;

use common::convert_all;
use common::curvature::{
    assert_close, direction, examples, products_are_right, the_checker_agrees, the_readable_form,
};
use constprop::Error;
use constprop::prelude::*;
use num_dual::Dual64;

macro_rules! test_each {
    ($($test:ident $name:ident ($($layers:tt)*) $cost:ty;)*) => {
        $(
            network! {
                pub struct $name($($layers)*) minimizing $cost;
            }

            #[test]
            fn $test() {
                products_are_right::<$name>();
                the_checker_agrees::<$name>();
                the_readable_form::<$name>();
            }
        )*
    };
}

test_each! {
    article Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) CrossEntropy;
    categorical Categorical(4 => 6 Tanh => 3 Softmax) CategoricalCrossEntropy;
    squared_sigmoid SquaredSigmoid(3 => 4 Tanh => 2 Sigmoid) HalfSquaredError;
    squared_tanh SquaredTanh(3 => 4 Gelu => 2 Tanh) HalfSquaredError;
    squared_gelu SquaredGelu(3 => 4 Silu => 3 Softplus => 2 Gelu) HalfSquaredError;
    squared_silu SquaredSilu(3 => 4 Relu => 2 Silu) HalfSquaredError;
    squared_softplus SquaredSoftplus(3 => 4 LeakyRelu => 2 Softplus) HalfSquaredError;
    squared_elu SquaredElu(3 => 4 Elu => 2 Elu) HalfSquaredError;
    squared_softmax SquaredSoftmax(3 => 4 Tanh => 3 Softmax) HalfSquaredError;
    huber_relu HuberRelu(2 => 3 Identity => 3 Tanh => 3 Relu) Huber;
    huber_leaky HuberLeaky(2 => 3 Tanh => 3 LeakyRelu) Huber;
    huber_softmax HuberSoftmax(2 => 3 Tanh => 4 Softmax) Huber;
    two_layers TwoLayers(7 => 3 Identity) HalfSquaredError;
}

/// J = ½ Σ (w x + b − y)²/m: both matrices are [1 x; x x²], and λ on its diagonal.
#[test]
fn of_a_line() {
    network! {
        pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
    }
    let (net, x, y) = (Line::<f64>::seeded(0), [[3.0], [1.0]], [[1.0], [2.0]]);
    let mut v = Gradient::<Line>::zeros();
    v.set_parameters(&[1.0, 2.0]).unwrap();
    let lambda = Regularization::article(0.5);
    let (mut workspace, mut with) =
        (CurvatureWorkspace::new(), [Gradient::boxed(), Gradient::boxed()]);
    let [hessian, gauss_newton] = &mut with;
    net.hessian_vector_product_with(&x, &y, &lambda, &v, hessian, &mut workspace).unwrap();
    net.gauss_newton_product_with(&x, &y, &lambda, &v, gauss_newton, &mut workspace).unwrap();
    for product in with.into_iter().chain([
        net.hessian_vector_product(&x, &y, &lambda, &v).unwrap(),
        net.gauss_newton_product(&x, &y, &lambda, &v).unwrap(),
    ]) {
        // [1 2; 2 5] (1, 2), and λ 2 on the weight.
        assert_eq!(product.parameters(), [5.0, 13.0]);
    }
}

/// Gauss–Newton by its definition: Jᵀ J of the outputs, whatever activation they have.
#[test]
fn gauss_newton_is_j_transposed_j() {
    let (net, of) = (SquaredSigmoid::<f64>::seeded(2), examples::<SquaredSigmoid>(3, 1));
    let none = Regularization::none();
    let v = direction::<SquaredSigmoid>(9);
    let mut dual = net.cast::<Dual64>();
    let inputs: Vec<[Dual64; 3]> = convert_all(&of.inputs);
    let mut expected = vec![0.0; SquaredSigmoid::<f64>::PARAMETERS];
    for x in &inputs {
        let mut slopes_of = |index: usize| {
            dual.parameters_mut()[index].eps = 1.0;
            let a = dual.predict(x);
            dual.parameters_mut()[index].eps = 0.0;
            a
        };
        let slopes: Vec<[Dual64; 2]> = (0..expected.len()).map(&mut slopes_of).collect();
        for unit in 0..2 {
            let row: Vec<f64> = slopes.iter().map(|a| a[unit].eps).collect();
            let along: f64 = row.iter().zip(v.parameters()).map(|(j, v)| j * v).sum();
            for (sum, j) in expected.iter_mut().zip(row) {
                *sum += j * along / 3.0;
            }
        }
    }
    let product = net.gauss_newton_product(&of.inputs, &of.targets, &none, &v).unwrap();
    assert_close(product.parameters(), &expected, 1e-13);
}

#[test]
fn bad_input_is_an_error_and_nothing_is_written() {
    let (net, of) = (Article::<f64>::seeded(0), examples::<Article>(2, 0));
    let (x, y, none) = (&of.inputs[..], &of.targets[..], Regularization::none());
    let mut product = direction::<Article>(1);
    let before = product.parameters().to_vec();
    let mut refused = |x: &[_], y: &[_], v: &Gradient<Article>| {
        let hessian = net.hessian_vector_product_into(x, y, &none, v, &mut product).unwrap_err();
        let gauss_newton = net.gauss_newton_product_into(x, y, &none, v, &mut product).unwrap_err();
        assert_eq!(hessian.to_string(), gauss_newton.to_string());
        assert!(product.parameters() == before);
        hessian
    };
    let mut v = direction::<Article>(2);
    assert_eq!(refused(&[], &[], &v), Error::NoExamples);
    assert_eq!(refused(&x[..1], y, &v), Error::ExampleCounts { inputs: 1, targets: 2 });
    assert!(matches!(refused(&[[f64::NAN; 3]; 2], y, &v), Error::Input { .. }));
    v.theta2.weights[(3, 1)] = f64::INFINITY;
    let error = refused(x, y, &v);
    assert_eq!(error.to_string(), "direction: theta2, row 3, column 2 is inf; it must be finite");
    v.fill(0.0);
    assert_eq!(refused(x, y, &v), Error::ZeroDirection);
    assert_eq!(Error::ZeroDirection.to_string(), "the direction is 0 in every entry");
}
