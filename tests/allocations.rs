//! Training, prediction and products with a workspace allocate nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use constprop::prelude::*;
use constprop::train::{Control, EarlyStopping, Fit, accuracy};
use constprop::{Aligned, Clip, Dropout, Plateau, Schedule, Threads};

/// The system's allocator, which counts what this thread asks of it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise, handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(run: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

network! {
    pub struct Images(784 => 128 Relu => 64 Tanh => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Xor(2 => 4 Sigmoid => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct ManyClasses(8 => 16 Gelu => 500 Softmax) minimizing CategoricalCrossEntropy;
}

fn steps_of<N: Network<Scalar = f32>>(inputs: &[N::Input], targets: &[N::Target]) {
    let mut net = Aligned::<N>::boxed();
    let net: &mut N = &mut net;
    net.randomize(&mut constprop::rng(1));
    let (mut gradient, mut workspace) = (Gradient::<N>::boxed(), Workspace::<N>::boxed());
    let mut adam = Adam::<N>::boxed(AdamSettings::default()).unwrap();
    let mut descent = GradientDescent::new(0.01).unwrap();
    let mut outputs = targets.to_vec();
    let lambda = Regularization::coursera(0.1);
    let threads = Threads::new(2).unwrap().with_grain(0);
    let mut shared = Workspace::<N>::boxed_on(&threads);
    if inputs.len() > 256 {
        // Of several blocks, some sums wait, and a thread has whole ones: the first call makes room for them.
        for workspace in [&mut workspace, &mut shared] {
            net.cost_and_gradient_into(inputs, targets, &lambda, &mut gradient, workspace).unwrap();
        }
    }
    let mut steps = |workspace: &mut Workspace<N>| {
        for _ in 0..2 {
            net.cost_and_gradient_into(inputs, targets, &lambda, &mut gradient, workspace).unwrap();
            adam.step(net, &gradient).unwrap();
            adam.step_on(&threads, net, &gradient).unwrap();
            adam.train(net, inputs, targets, &lambda, workspace).unwrap();
            descent.train(net, inputs, targets, &lambda, workspace).unwrap();
            net.cost_with(inputs, targets, &lambda, workspace).unwrap();
            net.cost_and_gradient_in(inputs, targets, &lambda, workspace).unwrap();
            net.predict_with(inputs, &mut outputs, workspace).unwrap();
            outputs[0] = net.predict(&inputs[0]);
        }
    };
    assert_eq!(allocations(|| steps(&mut workspace)), 0, "{}", N::NAME);
    assert_eq!(allocations(|| steps(&mut shared)), 0, "{} on threads", N::NAME);
    let mut inside = InsideWorkspace::boxed();
    let (mut dj_dx, none) = (inputs.to_vec(), Regularization::none());
    let mut gradient_from = |inside: &mut InsideWorkspace<N>| {
        let of_x = Some(&mut *dj_dx);
        net.gradient_from(inputs, of_x, &none, inside, |_, _, _| ()).unwrap();
    };
    gradient_from(&mut inside);
    assert_eq!(allocations(|| gradient_from(&mut inside)), 0, "{}", N::NAME);
    inside.set_threads(&Threads::new(2).unwrap().with_grain(0));
    assert_eq!(allocations(|| gradient_from(&mut inside)), 0, "{} on threads", N::NAME);
}

#[test]
fn a_step_allocates_nothing() {
    for m in [1, 64, 200, 700] {
        let classes: Vec<[f32; 10]> = (0..m).map(|i| one_hot(i % 10).unwrap()).collect();
        steps_of::<Images<f32>>(&vec![[0.5; 784]; m], &classes);
        steps_of::<Xor<f32>>(&vec![[1.0, 0.0]; m], &vec![[1.0]; m]);
        let classes: Vec<[f32; 500]> = (0..m).map(|i| one_hot(i % 500).unwrap()).collect();
        steps_of::<ManyClasses<f32>>(&vec![[0.5; 8]; m], &classes);
    }
}

fn products_of<N: Network<Scalar = f32>>(inputs: &[N::Input], targets: &[N::Target]) {
    let net = N::boxed_seeded(1);
    let (mut v, mut product) = (Gradient::<N>::boxed(), Gradient::<N>::boxed());
    v.fill(0.5);
    let (lambda, mut workspace) = (Regularization::coursera(0.1), CurvatureWorkspace::boxed());
    if inputs.len() > 128 {
        net.hessian_vector_product_with(inputs, targets, &lambda, &v, &mut product, &mut workspace)
            .unwrap();
    }
    let mut products = |workspace: &mut CurvatureWorkspace<N>| {
        let to = &mut *product;
        for _ in 0..2 {
            net.hessian_vector_product_with(inputs, targets, &lambda, &v, to, workspace).unwrap();
            net.gauss_newton_product_with(inputs, targets, &lambda, &v, to, workspace).unwrap();
        }
    };
    assert_eq!(allocations(|| products(&mut workspace)), 0, "{}", N::NAME);
    workspace.set_threads(&Threads::new(2).unwrap().with_grain(0));
    assert_eq!(allocations(|| products(&mut workspace)), 0, "{} on threads", N::NAME);
}

#[test]
fn a_product_with_a_curvature_matrix_allocates_nothing() {
    for m in [1, 64, 200, 700] {
        let classes: Vec<[f32; 10]> = (0..m).map(|i| one_hot(i % 10).unwrap()).collect();
        products_of::<Images<f32>>(&vec![[0.5; 784]; m], &classes);
        products_of::<Xor<f32>>(&vec![[1.0, 0.0]; m], &vec![[1.0]; m]);
        let classes: Vec<[f32; 500]> = (0..m).map(|i| one_hot(i % 500).unwrap()).collect();
        products_of::<ManyClasses<f32>>(&vec![[0.5; 8]; m], &classes);
    }
}

/// From the end of the first epoch to that of the last one, whatever is watched meanwhile.
#[test]
fn epochs_of_training_allocate_nothing() {
    let x: Vec<[f32; 784]> = (0..300).map(|i| [(i % 7) as f32 / 7.0; 784]).collect();
    let y: Vec<[f32; 10]> = (0..300).map(|i| one_hot(i % 10).unwrap()).collect();
    let (weights, dropout) = (vec![1.0; 300], Dropout::new([0.1, 0.2], 1).unwrap());
    let counts = Cell::new([0; 2]);
    let plain = || Fit::<Images<f32>>::new().epochs(4).batch(64);
    let watched = || {
        plain()
            .validation_split(0.2)
            .schedule(Schedule::cosine(4.0).unwrap())
            .reduce_on_plateau(Plateau::new(0.5, 1).unwrap())
            .early_stopping(EarlyStopping::patience(9))
            .metric("accuracy", accuracy)
            .watch_training()
    };
    let varied = || watched().weights(&weights).dropout(&dropout).clip(Clip::norm(1.0).unwrap());
    for fit in [plain(), watched(), varied(), plain().threads(2).unwrap()] {
        let fit = fit.on_epoch(|progress| {
            let [first, now] = [counts.get()[0], ALLOCATIONS.get()];
            counts.set([if progress.epoch.number == 1 { now } else { first }, now]);
            Control::Continue
        });
        let mut net = Images::boxed_seeded(1);
        let mut adam = Adam::<Images<f32>>::boxed(AdamSettings::default()).unwrap();
        let history = fit.run(&mut *net, &mut adam, &x, &y).unwrap();
        assert_eq!(history.epochs().len(), 4);
        let [first, last] = counts.get();
        assert!(first > 0);
        assert_eq!(last - first, 0);
    }
}

/// Without one given, a few examples are taken one by one, and more of them in a workspace of its own.
#[test]
fn many_examples_pay_for_a_workspace() {
    let (net, lambda) = (Xor::<f32>::seeded(1), Regularization::coursera(0.1));
    let (mut v, mut product) = (Gradient::<Xor<f32>>::zeros(), Gradient::zeros());
    v.fill(0.5);
    for (m, expected) in [(1, 0), (40, 1)] {
        let (x, y) = (vec![[1.0, 0.0]; m], vec![[1.0]; m]);
        let count = allocations(|| {
            net.hessian_vector_product_into(&x, &y, &lambda, &v, &mut product).unwrap();
        });
        assert_eq!(count, expected, "{m}");
        let count = allocations(|| {
            net.gauss_newton_product_into(&x, &y, &lambda, &v, &mut product).unwrap();
        });
        assert_eq!(count, expected, "{m}");
    }
}

/// The counter counts.
#[test]
fn a_box_is_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}
