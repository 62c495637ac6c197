//! What is compiled in this crate, once for all networks: functions that stand in statics.

use super::{Float, as_large, same};

/// That of the two which is of F: as that it has the type C.
pub(crate) fn either<F: Float, A: 'static, B: 'static, C: Copy + 'static>(
    single: &A,
    double: &B,
) -> C {
    if const { as_large::<F, f32>() } { *same(single) } else { *same(double) }
}

/// Statics: what they name is compiled in this crate, whether it is used here or not. Its own tests use a few of them, and
/// would take as long again to compile as it does: there they are constants, of which only what is used is compiled.
macro_rules! compiled_here {
    ($($name:ident: $type:ty = $value:expr;)+) => {$(
        #[cfg(not(test))]
        static $name: $type = $value;
        #[cfg(test)]
        const $name: $type = $value;
    )+};
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
        $crate::fast::registers::compiled_here! {
            SINGLE: Kernel<f32> = each!(f32: run);
            DOUBLE: Kernel<f64> = each!(f64: run);
        }
        let kernel: Kernel<$float> = either::<$float, _, _, _>(&SINGLE, &DOUBLE);
        kernel.current()
    }};
}

/// A function of a scalar, which is T in its output, as a function pointer. It stands in statics, so that it is compiled in this
/// crate, once for all who call it.
macro_rules! once {
    ($float:ty: $run:ident($of:ident<$($lifetime:lifetime),+>) -> $output:ty) => {{
        type Function<T> = for<$($lifetime),+> fn($of<$($lifetime,)+ T>) -> $output;
        $crate::fast::registers::compiled_here! {
            SINGLE: Function<f32> = $run::<f32>;
            DOUBLE: Function<f64> = $run::<f64>;
        }
        let function: Function<$float> = either::<$float, _, _, _>(&SINGLE, &DOUBLE);
        function
    }};
}

pub(crate) use {compiled_here, once, shared};
