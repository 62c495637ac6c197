//! What stands beside a network may be called anything.
#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals, dead_code)]

mod values {
    //! What a pattern would be taken for: statics, constants, unit structs, variants.
    constprop::network! {
        pub struct Net(2 => 3 constprop::Tanh => 2 constprop::Tanh => 1 constprop::Identity)
            minimizing constprop::HalfSquaredError;
    }

    pub static a1: f32 = 0.0;
    pub static z2: [u8; 3] = [0; 3];
    pub const a2: &str = "";
    pub const z3: usize = 3;
    pub struct a3;
    pub static z4: f32 = 0.0;
    pub static a4: f32 = 0.0;
    pub static delta2: f64 = 0.0;
    pub const delta3: f64 = 0.0;
    pub struct delta4;
    pub const theta1: f64 = 0.0;
    pub static theta2: f64 = 0.0;
    pub struct theta3;
    pub static x: f64 = 0.0;
    pub const y: f64 = 0.0;
    pub static trace: f64 = 0.0;
    pub static deltas: f64 = 0.0;
    pub struct gradient;
    pub enum Names {
        f,
        other,
        value,
    }
    #[allow(unused_imports)]
    pub use self::Names::*;
}

mod sizes {
    //! Sizes called as a layer's vectors are.
    pub const a1: usize = 2;
    pub const z2: usize = 3;
    pub const x: usize = 1;

    constprop::network! {
        pub struct Net(a1 => z2 constprop::Tanh => {x + 1} constprop::Tanh => x constprop::Identity)
            minimizing constprop::HalfSquaredError;
    }

    constprop::network! {
        pub struct Generic<const delta2: usize, const trace: usize>(
            delta2 => trace constprop::Tanh => 1 constprop::Identity
        ) minimizing constprop::HalfSquaredError;
    }
}

mod types {
    //! Every name of the language's and of this crate's, taken.
    pub struct usize;
    pub struct str;
    pub struct f64;
    pub struct f32;
    pub type u8 = ();
    pub type i32 = ();
    pub type bool = ();
    pub struct Option;
    pub struct Some;
    pub struct None;
    pub struct Box;
    pub struct Vec;
    pub struct Theta;
    pub struct A;
    pub struct Z;
    pub struct Delta;
    pub struct L1;
    pub struct Step;
    pub struct Last;
    pub struct Trace;
    pub struct Gradient;
    pub struct TraceFields;
    pub struct DeltaFields;
    pub struct ThetaShape;
    pub struct OtherScalar;
    pub trait Clone {}
    pub trait Debug {}
    pub trait PartialEq {}
    pub trait From {}
    pub trait Into {}
    pub trait Network {}
    pub trait Parameters {}
    pub trait HiddenLayer {}
    pub trait OutputLayer {}
    pub trait RealField {}
    pub mod core {}
    pub mod std {}
    pub mod nalgebra {}
    pub mod constprop {}

    ::constprop::network! {
        pub struct Net(2 => 3 ::constprop::Tanh => 1 ::constprop::Identity)
            minimizing ::constprop::HalfSquaredError;
    }

    ::constprop::network! {
        pub struct Generic<const N: usize>(N => 3 ::constprop::Tanh => {N} ::constprop::Identity)
            minimizing ::constprop::HalfSquaredError;
    }
}

mod namesakes {
    //! Types that are called as the const parameters are.
    pub struct N;
    pub struct M;

    constprop::network! {
        pub struct Net<const N: usize, const M: usize>(
            {N} => {M} constprop::Tanh => {N} constprop::Identity
        ) minimizing constprop::HalfSquaredError;
    }

    constprop::network! {
        pub struct Same<const Same: usize>({Same} => {Same} constprop::Tanh => 1 constprop::Identity)
            minimizing constprop::HalfSquaredError;
    }
}

mod macros {
    //! Macros of the language, taken.
    #[allow(unused_macros)]
    macro_rules! assert {
        ($($any:tt)*) => {
            compile_error!("another assert")
        };
    }
    #[allow(unused_macros)]
    macro_rules! concat {
        ($($any:tt)*) => {
            compile_error!("another concat")
        };
    }
    #[allow(unused_macros)]
    macro_rules! stringify {
        ($($any:tt)*) => {
            compile_error!("another stringify")
        };
    }
    #[allow(unused_macros)]
    macro_rules! network {
        ($($any:tt)*) => {
            compile_error!("another network")
        };
    }
    #[allow(unused_imports)]
    use marked::{Marked as Clone, Marked as Debug, Marked as PartialEq};

    constprop::network! {
        pub struct Net({1 + 1} => 3 constprop::Tanh => 1 constprop::Identity)
            minimizing constprop::HalfSquaredError;
    }
}

mod methods {
    //! Traits whose methods are called as those that a network calls.
    pub trait Other: Sized {
        fn transpose(self) {}
        fn hadamard(self, _: ()) {}
        fn activate(self) {}
        fn output(self) {}
        fn array(self) {}
        fn clone(self) {}
        fn from(self) {}
        fn zeros() {}
        fn delta(self) {}
        fn cost(self) {}
    }
    impl<Any> Other for Any {}

    constprop::network! {
        pub struct Net(2 => 3 constprop::Tanh => 1 constprop::Identity)
            minimizing constprop::HalfSquaredError;
    }
}

macro_rules! called {
    ($($module:ident $name:ident;)*) => {$(
        mod $module {
            constprop::network! {
                /// Called as something that the macro writes, or that it writes about.
                #[derive(Clone, Debug, PartialEq)]
                pub struct $name(2 => 3 constprop::Tanh => 1 constprop::Identity)
                    minimizing constprop::HalfSquaredError;
            }
        }
    )*};
}

called! {
    m1 TraceFields; m2 DeltaFields; m3 Network; m4 Parameters; m5 Theta; m6 A; m7 Z; m8 Delta;
    m9 L1; m10 Step; m11 Input; m12 Target; m13 Scalar; m14 Clone; m15 Debug; m16 PartialEq;
    m17 OtherScalar; m18 With; m19 Chain; m20 RealField; m21 usize; m22 str; m23 f64; m24 Option;
    m25 theta1; m26 a1; m27 HiddenLayer; m28 chain; m29 DjDa; m30 From; m31 Hypothesis;
}

/// Called as traits of the prelude are, which hides their names and not their methods.
mod traits {
    pub mod network {
        use constprop::prelude::*;

        network! {
            /// A network.
            pub struct Network(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
        }

        /// What is made, learns and answers.
        pub fn answer() -> Result<[f64; 1], constprop::Error> {
            let mut net = Network::<f64>::seeded(1);
            let (x, y) = ([[0.1, 0.2]], [[1.0]]);
            let (_, gradient) = net.cost_and_gradient(&x, &y, &Regularization::none())?;
            GradientDescent::new(0.1)?.step(&mut net, &gradient)?;
            Ok(net.predict(&x[0]))
        }
    }

    pub mod parameters {
        use constprop::prelude::*;

        network! {
            /// A network.
            pub struct Parameters(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
        }

        network! {
            /// Another one.
            pub struct Optimizer(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
        }

        /// How many it has, and what a step makes of it.
        pub fn count() -> Result<usize, constprop::Error> {
            let (mut net, gradient) = (Parameters::<f64>::zeros(), Gradient::boxed());
            GradientDescent::new(0.1)?.step(&mut net, &gradient)?;
            let mut other = Optimizer::<f64>::boxed();
            other.fill(0.5);
            Ok(net.parameters().len() + other.parameters().len())
        }
    }
}

fn main() {
    use constprop::Network as _;
    let _ = values::Net::<f64>::zeros().forward(&[0.1, 0.2]);
    let _ = types::Net::<f32>::zeros().forward(&[0.1, 0.2]);
    let _ = m1::TraceFields::<f64>::zeros().forward(&[0.1, 0.2]);
    let _ = namesakes::Net::<2, 4>::zeros().forward(&[0.1, 0.2]);
    let _ = sizes::Generic::<2, 4>::zeros().forward(&[0.1, 0.2]);
    let _ = (traits::network::answer(), traits::parameters::count());
}
