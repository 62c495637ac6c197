//! What is compiled in this crate, once for all networks: functions that stand in statics.

use super::{Float, as_large, same};

/// That of the two which is of F: as that it has the type C.
pub(crate) fn either<F: Float, A: 'static, B: 'static, C: Copy + 'static>(
    single: &A,
    double: &B,
) -> C {
    if const { as_large::<F, f32>() } { *same(single) } else { *same(double) }
}

/// What runs a task in the current registers, as a function. It stands in statics, so that it is compiled in
/// this crate, once for all who call it.
macro_rules! shared {
    ($float:ty: $task:ident<$($lifetime:lifetime),+>) => {{
        type Kernel<T> = Each<
            for<$($lifetime),+> fn(
                $task<$($lifetime,)+ T>,
            ) -> <$task<$($lifetime,)+ T> as Task<T>>::Output,
        >;
        fn run<$($lifetime,)+ V: Lanes>(
            task: $task<$($lifetime,)+ V::Scalar>,
        ) -> <$task<$($lifetime,)+ V::Scalar> as Task<V::Scalar>>::Output {
            V::call(task)
        }
        static SINGLE: Kernel<f32> = each!(f32: run);
        static DOUBLE: Kernel<f64> = each!(f64: run);
        let kernel: Kernel<$float> = either::<$float, _, _, _>(&SINGLE, &DOUBLE);
        kernel.current()
    }};
}

/// A function of a scalar, which is T in its output, as a function pointer. It stands in statics, so that it is compiled in this
/// crate, once for all who call it.
macro_rules! once {
    ($float:ty: $run:ident($of:ident<$($lifetime:lifetime),+>) -> $output:ty) => {{
        type Function<T> = for<$($lifetime),+> fn($of<$($lifetime,)+ T>) -> $output;
        static SINGLE: Function<f32> = $run::<f32>;
        static DOUBLE: Function<f64> = $run::<f64>;
        let function: Function<$float> = either::<$float, _, _, _>(&SINGLE, &DOUBLE);
        function
    }};
}

pub(crate) use {once, shared};
