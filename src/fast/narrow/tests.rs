//! The same bits as in portable registers, whatever the sizes.

use std::vec::Vec;

use super::{in_turn, largest, product, z};
use crate::fast::passes::predict::in_registers;
use crate::fast::product::{Before, Finish, Product, Strided};
use crate::fast::registers::{Entries, Float, Lanes};

/// `n` numbers from −1 to 1, of which no sum is exact.
fn numbers<T: Float>(n: usize, seed: u64) -> Vec<T> {
    let number = |i: usize| {
        let mixed = (i as u64 + 1 + seed * 7919).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        nalgebra::convert((mixed >> 40) as f64 / f64::from(1 << 23) - 1.0)
    };
    (0..n).map(number).collect()
}

fn of_a_layer<T: Float, const S_OUT: usize, const S_IN: usize>() {
    let (theta, a) = (numbers::<T>(S_OUT * (S_IN + 1), 1), numbers::<T>(S_IN, 2));
    let (mut portable, mut narrow) = ([T::zero(); S_OUT], [T::zero(); S_OUT]);
    in_registers::<T::Portable, S_OUT, S_IN>(&theta, &a, &mut portable);
    // SAFETY: these are the sizes.
    unsafe { z(&theta, &a, &mut narrow) };
    assert_eq!(narrow, portable, "{S_OUT} x ({S_IN} + 1)");
    if S_OUT > 2 || S_IN < T::Portable::LANES {
        narrow.fill(T::zero());
        // SAFETY: as above.
        unsafe { in_turn::units(&theta, &a, &mut narrow) };
        assert_eq!(narrow, portable, "{S_OUT} x ({S_IN} + 1), in turn");
    }
}

#[test]
fn z_of_one_example() {
    macro_rules! layers {
        ($($s_out:literal)*) => {
            $(
                of_a_layer::<f32, $s_out, 1>();
                of_a_layer::<f32, $s_out, 13>();
                of_a_layer::<f32, $s_out, 64>();
                of_a_layer::<f64, $s_out, 13>();
            )*
        };
    }
    layers! { 1 2 3 4 7 16 23 31 32 61 64 }
}

/// C by `multiply`, and what it gives.
fn of_a_product<T: Float>(
    [rows, columns, depth]: [usize; 3],
    (down, watched): (bool, bool),
    finish: Finish<'_, T>,
    multiply: impl Fn(&mut Product<'_, T>) -> T,
) -> (Vec<T>, T) {
    let (a, b) = (numbers(rows * depth, 3), numbers(depth * (columns + 2), 4));
    let mut c = numbers(rows * (columns + 1), 5);
    let (row_step, column_step) = if down { (1, rows) } else { (depth, 1) };
    let largest = multiply(&mut Product {
        rows,
        columns,
        depth,
        a: Strided { entries: &a, row_step, column_step },
        b: &b,
        b_row: columns + 2,
        c: &mut c,
        c_row: columns + 1,
        finish,
        watched,
    });
    (c, largest)
}

fn of_products<T: Float>() {
    let (more, theta) = (numbers::<T>(600, 6), numbers::<T>(600, 7));
    let (decay, rate) = (nalgebra::convert(0.3), nalgebra::convert(0.7));
    let gradient = |before| Finish::Gradient { before, theta: Some((decay, theta.as_slice())) };
    for (rows, columns, depth) in
        [(1, 1, 1), (4, 4, 8), (8, 2, 16), (13, 16, 8), (5, 38, 3), (9, 6, 0)]
    {
        for finish in [
            Finish::Bias(more.as_slice()),
            Finish::Hadamard,
            Finish::Store,
            Finish::ADD,
            gradient(Before::None),
            gradient(Before::InPlace),
            gradient(Before::At(&more)),
            Finish::Descend { decay, rate },
        ] {
            for options in [(false, false), (false, true), (true, false)] {
                let sizes = [rows, columns, depth];
                let narrow = of_a_product(sizes, options, finish, product);
                let portable =
                    of_a_product(sizes, options, finish, |product| product.run::<T::Portable>());
                assert_eq!(narrow, portable, "{sizes:?} {options:?} {finish:?}");
                let in_turn = of_a_product(sizes, options, finish, |product| {
                    in_turn::entries(product);
                    largest(product)
                });
                assert_eq!(in_turn, portable, "{sizes:?} {options:?} {finish:?}, in turn");
            }
        }
    }
}

#[test]
fn products_of_blocks() {
    of_products::<f32>();
    of_products::<f64>();
}

/// exp of a register of one number is that of each lane.
#[test]
fn elementary_functions() {
    fn of<T: Float>() {
        for x in numbers::<T>(200, 8) {
            let x = x * nalgebra::convert(30.0);
            macro_rules! same {
                ($($function:ident)*) => {
                    $(
                        let single = Float::$function(T::Single::splat(x)).total();
                        let portable = Float::$function(T::Portable::splat(x)).largest();
                        let both = [single, portable].map(|y| if y > T::zero() { y } else { T::zero() });
                        assert_eq!(both[0], both[1], concat!(stringify!($function), " of {}"), x);
                    )*
                };
            }
            same! { exp exp_m1 tanh sigmoid softplus }
        }
    }
    of::<f32>();
    of::<f64>();
}
