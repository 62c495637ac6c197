//! Assembly against the intrinsics that it stands for, and products against sums of numbers, bit for bit.

use core::arch::x86_64 as arch;
use core::array::from_fn;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::fast::registers::x86::{has_avx2, has_avx512};

/// Of every kind, and in no order.
const NUMBERS: [f64; 23] = [
    0.0,
    1.5,
    -0.0,
    1.0,
    f64::INFINITY,
    0.1,
    -2.5,
    1e-40,
    f64::NAN,
    3e38,
    -1.0,
    7.0,
    1e-45,
    -0.3,
    1e300,
    -1e-310,
    f64::NEG_INFINITY,
    0.7,
    -3e38,
    4.0,
    1e-38,
    -1e-40,
    0.25,
];

/// Other ones for each `start`.
fn numbers<T, const N: usize>(start: usize, of: impl Fn(f64) -> T) -> [T; N] {
    from_fn(|i| of(NUMBERS[(start + i * (1 + start % 5)) % NUMBERS.len()]))
}

macro_rules! agrees {
    (
        $test:ident where $available:ident: $register:ident($raw:ident) of $lanes:literal $scalar:ident;
        $set1:ident $loadu:ident $storeu:ident $sqrt:ident $fmadd:ident;
        [$($operator:tt $by_operator:ident)*] $($binary:ident)*; $select:expr
    ) => {
        #[test]
        fn $test() {
            type Several = [$scalar; WIDE * $lanes];

            if !$available() {
                return;
            }
            let stored = |register: $raw| {
                let mut entries = [0.0; $lanes];
                unsafe { arch::$storeu(entries.as_mut_ptr(), register) };
                entries.map($scalar::to_bits)
            };
            let same = |found: Wide<$register>, expected: &dyn Fn(usize) -> $raw| {
                for (v, found) in found.0.into_iter().enumerate() {
                    assert_eq!(stored(found.0), stored(expected(v)));
                }
            };
            for start in 0..NUMBERS.len() {
                let entries: [Several; 4] =
                    from_fn(|k| numbers((k + 2) * start + k, |number| number as $scalar));
                let of = |k: usize, v: usize| unsafe {
                    arch::$loadu(entries[k][v * $lanes..].as_ptr())
                };
                let [a, b, c, d] = from_fn(|k| unsafe { Wide::<$register>::load(entries[k].as_ptr()) });
                let [a0, b0, c0] = from_fn(|k| of(k, 0));
                same(a, &|v| of(0, v));
                let mut copy: Several = [0.0; WIDE * $lanes];
                unsafe { b.store(copy.as_mut_ptr()) };
                assert_eq!(copy.map($scalar::to_bits), entries[1].map($scalar::to_bits));
                unsafe {
                    assert_eq!(stored($loadu(entries[0].as_ptr())), stored(a0));
                    $storeu(copy.as_mut_ptr(), c0);
                    assert_eq!(copy[..$lanes].iter().map(|x| x.to_bits()).collect::<Vec<_>>(), stored(c0));

                    let value = entries[0][0];
                    same(Entries::splat(value), &|_| arch::$set1(value));
                    assert_eq!(stored($set1(value)), stored(arch::$set1(value)));

                    same(a.sqrt(), &|v| arch::$sqrt(of(0, v)));
                    assert_eq!(stored($sqrt(a0)), stored(arch::$sqrt(a0)));

                    same(a.mul_add(b, c), &|v| arch::$fmadd(of(0, v), of(1, v), of(2, v)));
                    assert_eq!(stored($fmadd(a0, b0, c0)), stored(arch::$fmadd(a0, b0, c0)));

                    $(same(a $operator b, &|v| arch::$by_operator(of(0, v), of(1, v)));)*
                    $(assert_eq!(stored($binary(a0, b0)), stored(arch::$binary(a0, b0)));)*
                    same(a.select_gt(b, c, d), &|v| $select([of(0, v), of(1, v), of(2, v), of(3, v)]));
                    let negated: [$scalar; $lanes] = from_fn(|lane| -entries[0][lane]);
                    assert_eq!(stored((-a).0[0].0), negated.map($scalar::to_bits));
                }
            }
        }
    };
}

agrees! {
    f32x16_agrees where has_avx512: F32x16(__m512) of 16 f32;
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_sqrt_ps _mm512_fmadd_ps;
    [+ _mm512_add_ps - _mm512_sub_ps * _mm512_mul_ps / _mm512_div_ps]
    _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps _mm512_max_ps _mm512_min_ps _mm512_xor_ps;
    |[a, b, c, d]: [__m512; 4]| {
        arch::_mm512_mask_blend_ps(arch::_mm512_cmp_ps_mask::<{ arch::_CMP_GT_OQ }>(a, b), d, c)
    }
}

agrees! {
    f64x8_agrees where has_avx512: F64x8(__m512d) of 8 f64;
    _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_sqrt_pd _mm512_fmadd_pd;
    [+ _mm512_add_pd - _mm512_sub_pd * _mm512_mul_pd / _mm512_div_pd]
    _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_div_pd _mm512_max_pd _mm512_min_pd _mm512_xor_pd;
    |[a, b, c, d]: [__m512d; 4]| {
        arch::_mm512_mask_blend_pd(arch::_mm512_cmp_pd_mask::<{ arch::_CMP_GT_OQ }>(a, b), d, c)
    }
}

agrees! {
    f32x8_agrees where has_avx2: F32x8(__m256) of 8 f32;
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_sqrt_ps _mm256_fmadd_ps;
    [+ _mm256_add_ps - _mm256_sub_ps * _mm256_mul_ps / _mm256_div_ps]
    _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps _mm256_max_ps _mm256_min_ps _mm256_xor_ps;
    |[a, b, c, d]: [__m256; 4]| {
        arch::_mm256_blendv_ps(d, c, arch::_mm256_cmp_ps::<{ arch::_CMP_GT_OQ }>(a, b))
    }
}

agrees! {
    f64x4_agrees where has_avx2: F64x4(__m256d) of 4 f64;
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_sqrt_pd _mm256_fmadd_pd;
    [+ _mm256_add_pd - _mm256_sub_pd * _mm256_mul_pd / _mm256_div_pd]
    _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_div_pd _mm256_max_pd _mm256_min_pd _mm256_xor_pd;
    |[a, b, c, d]: [__m256d; 4]| {
        arch::_mm256_blendv_pd(d, c, arch::_mm256_cmp_pd::<{ arch::_CMP_GT_OQ }>(a, b))
    }
}

/// The first entries of several registers, of whichever number.
macro_rules! first {
    ($test:ident where $available:ident: $($register:ident of $scalar:ident)*) => {
        #[test]
        fn $test() {
            if !$available() {
                return;
            }
            $(
                const LANES: usize = <Wide<$register> as Entries>::LANES;
                let from: Vec<$scalar> = (0..LANES).map(|lane| 1.0 + lane as $scalar).collect();
                for n in 0..=LANES {
                    let (mut loaded, mut stored) = (vec![-1.0; LANES], vec![-1.0; LANES]);
                    unsafe {
                        // No more than these can be read.
                        let first = from[..n].to_vec();
                        Wide::<$register>::load_first(first.as_ptr(), n).store(loaded.as_mut_ptr());
                        Wide::<$register>::load(from.as_ptr()).store_first(stored.as_mut_ptr(), n);
                    }
                    assert_eq!((&loaded[..n], &stored[..n]), (&from[..n], &from[..n]));
                    assert!(loaded[n..].iter().all(|&lane| lane == 0.0));
                    assert!(stored[n..].iter().all(|&lane| lane == -1.0));
                }
            )*
        }
    };
}

first! { first_entries_single where has_avx2: F32x8 of f32 }
first! { first_entries_double where has_avx2: F64x4 of f64 }
first! { first_entries_single_512 where has_avx512: F32x16 of f32 }
first! { first_entries_double_512 where has_avx512: F64x8 of f64 }
first! { first_entries_single_half where has_avx512: F32x8Vl of f32 }
first! { first_entries_double_half where has_avx512: F64x4Vl of f64 }

/// Every shape of a tile, A read along its rows and along its columns. What lies beside A and B is NaN.
macro_rules! products_are_sums {
    ($test:ident where $available:ident: $products:ident of $lanes:literal $scalar:ident) => {
        #[test]
        fn $test() {
            if !$available() {
                return;
            }
            let mut rng = crate::rng(1);
            let mut number = || -> $scalar { rand::RngExt::random_range(&mut rng, -1.0..1.0) };
            for (registers, rows, depth) in [1, 2, 4].into_iter().flat_map(|registers| {
                (1..=12).flat_map(move |rows| (0..=3).map(move |depth| (registers, rows, depth)))
            }) {
                for last in 1..=$lanes {
                    let columns = (registers - 1) * $lanes + last;
                    let width = registers * $lanes;
                    let before: Vec<$scalar> = (0..rows * width).map(|_| number()).collect();
                    let (b_row, deep) = (columns + 3, depth.max(1));
                    let mut b = vec![$scalar::NAN; deep * b_row + $lanes];
                    for step in 0..depth {
                        b[step * b_row..][..columns].fill_with(&mut number);
                    }
                    for (a_row, a_step) in [(deep + 2, 1), (1, rows + 2)] {
                        let mut a = vec![$scalar::NAN; (rows + 2) * (deep + 2)];
                        for row in 0..rows {
                            for step in 0..depth {
                                a[row * a_row + step * a_step] = number();
                            }
                        }
                        let mut sums = before.clone();
                        let tile = Tile {
                            sums: sums.as_mut_ptr(),
                            rows,
                            registers,
                            last,
                            depth,
                            a: a.as_ptr(),
                            a_row,
                            a_step,
                            b: b.as_ptr(),
                            b_row,
                        };
                        unsafe { $products(tile) };
                        for (at, (&found, &before)) in sums.iter().zip(&before).enumerate() {
                            let (row, column) = (at / width, at % width);
                            let expected = (0..depth).fold(before, |sum, step| {
                                let factor = a[row * a_row + step * a_step];
                                // A lane that is not read is 0.
                                let of_b =
                                    if column < columns { b[step * b_row + column] } else { 0.0 };
                                $scalar::mul_add(factor, of_b, sum)
                            });
                            assert_eq!(
                                found.to_bits(),
                                expected.to_bits(),
                                "{tile:?}: {row}, {column}"
                            );
                        }
                    }
                }
            }
        }
    };
}

products_are_sums! { products_of_f32x16 where has_avx512: products_f32x16 of 16 f32 }
products_are_sums! { products_of_f64x8 where has_avx512: products_f64x8 of 8 f64 }
products_are_sums! { products_of_f32x8 where has_avx2: products_f32x8 of 8 f32 }
products_are_sums! { products_of_f64x4 where has_avx2: products_f64x4 of 4 f64 }
