//! `network!`: the list of a network's lines. It holds no mathematics.

mod docs;
mod layers;

pub use layers::{ActivationOf, EndOf, HiddenLayer, OutputLayer};

/// Declares a network: its sizes, its activations and what it minimizes.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     /// The article's network: s₁ = 3, s₂ = 5, s₃ = 4, s₄ = 2.
///     #[derive(Clone, Debug, PartialEq)]
///     pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
/// }
/// let net = Article::<f64>::seeded(1);
/// let trace = net.forward(&[0.1, 0.2, 0.3]); // a1, z2, a2, z3, a3, z4, a4
/// let deltas = net.backward(&trace, &[1.0, 0.0]); // delta4, delta3, delta2
/// assert_eq!(deltas.delta4[0], trace.a4[0] - 1.0);
/// ```
///
/// # Form
///
/// `struct Name(s₁ => s₂ Activation => … => s_L Activation) minimizing Cost;` with 2 to 33 layers.
///
/// - A size is a literal, a constant, or a const expression in braces: `{2 * HIDDEN}`.
/// - Sizes may be the struct's own const parameters:
///   `pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 64 Tanh => ACT Identity) …`,
///   used as `Policy<4, 2, f32>`. (The language has no `{OBS + 1}` of such a parameter.)
/// - The scalar `T` comes last, and is `f64` where a type leaves it out.
/// - Activations are types: every [`Activation`](crate::Activation), and as the last one every
///   [`Output`](crate::Output). A [`Cost`](crate::Cost) that does not fit the last one does not
///   compile.
/// - Attributes and docs are those of the struct; derive `Clone`, `Debug` or `PartialEq` where you
///   want them. `cfg`, and what `allow` and `expect` name, goes for all that is written; so does the
///   permission to name what is `deprecated`. `repr` is refused, for the layout is `repr(C)`.
/// - What stands beside a network may be called anything, and a network too, but for `T` and names
///   that begin with two underscores.
///
/// # What it writes
///
/// A `#[repr(C)]` struct with the public fields `theta1`, … of type [`Theta`](crate::Theta), a
/// `const fn new(theta1, …)`, and the [`Parameters`](crate::Parameters) and
/// [`Network`](crate::Network) implementations. Its docs are what you write, then a table of the layers and
/// the types of what a trace and deltas hold. (rustdoc prints `{ _ }` for an expression in braces, and a
/// constant by its name.) For the network above that is, but for docs, absolute paths
/// and names that are hidden in a `const _` block, what a reader can also write by hand:
///
#[doc = concat!("```\n", include_str!("macros/by_hand.rs"), "```")]
#[macro_export]
macro_rules! network {
    // Entry: take the frame apart, read the attributes, then the layers token by token.
    (
        $(#[$($attribute:tt)*])* $vis:vis struct $name:ident
        $(<$(const $size:ident : usize),+ $(,)?>)?
        ($($layers:tt)*) minimizing T $(;)?
    ) => { $crate::network! { @named_t $name "cost" } };
    (
        $(#[$($attribute:tt)*])* $vis:vis struct $name:ident
        $(<$(const $size:ident : usize),+ $(,)?>)?
        ($($layers:tt)*) minimizing $cost:ty $(;)?
    ) => {
        $crate::network! { @attributes [] []
            { [$vis] $name [$($($size)+)?] ($($layers)*) $cost } $([$($attribute)*])*
        }
    };

    // Attributes, into those of the struct and those of all that is written. Docs are many.
    (@attributes [$($own:tt)*] $all:tt $rest:tt
        [doc $($a:tt)*] [doc $($b:tt)*] [doc $($c:tt)*] [doc $($d:tt)*]
        [doc $($e:tt)*] [doc $($f:tt)*] [doc $($g:tt)*] [doc $($h:tt)*] $($more:tt)*
    ) => {
        $crate::network! { @attributes
            [
                $($own)* [doc $($a)*] [doc $($b)*] [doc $($c)*] [doc $($d)*]
                [doc $($e)*] [doc $($f)*] [doc $($g)*] [doc $($h)*]
            ]
            $all $rest $($more)*
        }
    };
    (@attributes $own:tt $all:tt $rest:tt [cfg $when:tt] $($more:tt)*) => {
        #[cfg $when]
        $crate::network! { @attributes $own $all $rest $($more)* }
    };
    (@attributes $own:tt $all:tt $rest:tt
        [cfg_attr($key:ident $(= $value:tt)? $(($($when:tt)*))? $(, $($list:tt)*)?)] $($more:tt)*
    ) => {
        $crate::network! { @attributes $own $all $rest
            [@when ($key $(= $value)? $(($($when)*))?) $($($list)*)?] $($more)*
        }
    };
    (@attributes $own:tt $all:tt $rest:tt [@when $when:tt] $($more:tt)*) => {
        $crate::network! { @attributes $own $all $rest $($more)* }
    };
    (@attributes $own:tt $all:tt $rest:tt
        [@when $when:tt
            $($path:ident)::+ $(($($list:tt)*))? $(= $set:expr)? $(, $($others:tt)*)?]
        $($more:tt)*
    ) => {
        #[cfg $when]
        $crate::network! { @attributes $own $all $rest
            [$($path)::+ $(($($list)*))? $(= $set)?] $([@when $when $($others)*])? $($more)*
        }
        #[cfg(not $when)]
        $crate::network! { @attributes $own $all $rest $($more)* }
    };
    (@attributes [$($own:tt)*] [$($all:tt)*] $rest:tt [allow $lints:tt] $($more:tt)*) => {
        $crate::network! { @attributes
            [$($own)* [allow $lints]] [$($all)* [allow $lints]] $rest $($more)*
        }
    };
    // What is expected is found once, in the struct.
    (@attributes [$($own:tt)*] [$($all:tt)*] $rest:tt [expect $lints:tt] $($more:tt)*) => {
        $crate::network! { @attributes
            [$($own)* [expect $lints]] [$($all)* [allow $lints]] $rest $($more)*
        }
    };
    (@attributes [$($own:tt)*] [$($all:tt)*] $rest:tt [deprecated $($why:tt)*] $($more:tt)*) => {
        $crate::network! { @attributes
            [$($own)* [deprecated $($why)*]] [$($all)* [allow(deprecated)]] $rest $($more)*
        }
    };
    (@attributes $own:tt $all:tt { $vis:tt $name:ident $($rest:tt)* } [repr $how:tt] $($more:tt)*) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name), "`: its layout is `repr(C)`, one \u{398} ",
            "behind the other; for an alignment there is `constprop::Aligned`"
        ));
    };
    (@attributes [$($own:tt)*] $all:tt $rest:tt $attribute:tt $($more:tt)*) => {
        $crate::network! { @attributes [$($own)* $attribute] $all $rest $($more)* }
    };
    (@attributes $own:tt $all:tt { $vis:tt $name:ident [$($size:ident)*] $layers:tt $cost:ty }) => {
        $crate::network! { @sizes [$($size)*]
            { $own $all $vis $name [$($size)*] $cost } $name $layers
        }
    };

    // The scalar's name is taken, and what is written here needs three more.
    (@sizes $sizes:tt $head:tt T $layers:tt) => { $crate::network! { @named_t T "network" } };
    (@sizes $sizes:tt $head:tt __TraceFields $layers:tt) => {
        $crate::network! { @named_fields __TraceFields }
    };
    (@sizes $sizes:tt $head:tt __DeltaFields $layers:tt) => {
        $crate::network! { @named_fields __DeltaFields }
    };
    (@sizes $sizes:tt $head:tt __GradientFields $layers:tt) => {
        $crate::network! { @named_fields __GradientFields }
    };
    (@sizes [T $($rest:ident)*] $head:tt $name:ident $layers:tt) => {
        $crate::network! { @named_t $name "const parameter" }
    };
    (@sizes [$first:ident $($rest:ident)*] $head:tt $name:ident $layers:tt) => {
        $crate::network! { @sizes [$($rest)*] $head $name $layers }
    };
    // The names of all layers, in one place so that they share one hygiene.
    (@sizes [] $head:tt $name:ident ($($layers:tt)*)) => {
        $crate::network! { @input $head $name
            [
                (L1 1 theta1 z1 a1 delta1) (L2 2 theta2 z2 a2 delta2)
                (L3 3 theta3 z3 a3 delta3) (L4 4 theta4 z4 a4 delta4)
                (L5 5 theta5 z5 a5 delta5) (L6 6 theta6 z6 a6 delta6)
                (L7 7 theta7 z7 a7 delta7) (L8 8 theta8 z8 a8 delta8)
                (L9 9 theta9 z9 a9 delta9) (L10 10 theta10 z10 a10 delta10)
                (L11 11 theta11 z11 a11 delta11) (L12 12 theta12 z12 a12 delta12)
                (L13 13 theta13 z13 a13 delta13) (L14 14 theta14 z14 a14 delta14)
                (L15 15 theta15 z15 a15 delta15) (L16 16 theta16 z16 a16 delta16)
                (L17 17 theta17 z17 a17 delta17) (L18 18 theta18 z18 a18 delta18)
                (L19 19 theta19 z19 a19 delta19) (L20 20 theta20 z20 a20 delta20)
                (L21 21 theta21 z21 a21 delta21) (L22 22 theta22 z22 a22 delta22)
                (L23 23 theta23 z23 a23 delta23) (L24 24 theta24 z24 a24 delta24)
                (L25 25 theta25 z25 a25 delta25) (L26 26 theta26 z26 a26 delta26)
                (L27 27 theta27 z27 a27 delta27) (L28 28 theta28 z28 a28 delta28)
                (L29 29 theta29 z29 a29 delta29) (L30 30 theta30 z30 a30 delta30)
                (L31 31 theta31 z31 a31 delta31) (L32 32 theta32 z32 a32 delta32)
                (L33 33 theta33 z33 a33 delta33)
            ]
            $($layers)*
        }
    };

    // The input layer: a size alone. A constant named as the scalar is would be taken for it.
    (@input $head:tt $name:ident $names:tt T => $($rest:tt)*) => {
        $crate::network! { @named_t $name "constant" 1 }
    };
    (@input $head:tt $name:ident $names:tt $s:tt => $($rest:tt)+) => {
        $crate::network! { @layer $head $name $names [] $names $s [] $($rest)+ }
    };
    (@input $head:tt $name:ident $names:tt $s:tt $op:tt $($rest:tt)+) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name), "`, layer 1: the input is a size and `=>`, ",
            "without an activation; a size that is an expression needs braces, as in `{4 + 1}`"
        ));
    };
    (@input $head:tt $name:ident $names:tt $($rest:tt)*) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name),
            "` has fewer than two layers: it needs an input and an output, `(3 => 2 Sigmoid)`"
        ));
    };

    (@named_t $name:ident $what:literal $($l:literal)?) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name), "`", $(", layer ", $l,)?
            ": `T` is the scalar; call the ", $what, " something else"
        ));
    };
    (@named_fields $name:ident) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name),
            "`: names with two underscores are those of `network!`; call the network something else"
        ));
    };

    // Every other layer: a size and an activation. What `:ty` would stumble over is named first.
    (@layer $head:tt $name:ident
        [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $passed:tt $names:tt $s1:tt $done:tt
        T $($rest:tt)*
    ) => { $crate::network! { @named_t $name "constant" $l } };
    (@layer $head:tt $name:ident
        [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $passed:tt $names:tt $s1:tt $done:tt
        $s:tt T $($rest:tt)*
    ) => { $crate::network! { @named_t $name "activation" $l } };
    (@layer $head:tt $name:ident [$p:tt] $passed:tt $names:tt $s1:tt $done:tt $($rest:tt)*) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name), "` has more than 33 layers"
        ));
    };
    (@layer $head:tt $name:ident
        [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $passed:tt $names:tt $s1:tt $done:tt
    ) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name), "`, layer ", $l, ": nothing follows `=>`"
        ));
    };
    (@layer $head:tt $name:ident
        [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $passed:tt $names:tt $s1:tt $done:tt
        $s:tt $(=> $($rest:tt)*)?
    ) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name), "`, layer ", $l,
            ": no activation; write it behind the size, as in `", $crate::__core::stringify!($s), " Tanh`"
        ));
    };
    (@layer $head:tt $name:ident $ahead:tt $passed:tt $names:tt $s1:tt $done:tt
        $s:tt + $($rest:tt)*
    ) => { $crate::network! { @unbraced $name $ahead $s + } };
    (@layer $head:tt $name:ident $ahead:tt $passed:tt $names:tt $s1:tt $done:tt
        $s:tt - $($rest:tt)*
    ) => { $crate::network! { @unbraced $name $ahead $s - } };
    (@layer $head:tt $name:ident $ahead:tt $passed:tt $names:tt $s1:tt $done:tt
        $s:tt * $($rest:tt)*
    ) => { $crate::network! { @unbraced $name $ahead $s * } };
    (@layer $head:tt $name:ident $ahead:tt $passed:tt $names:tt $s1:tt $done:tt
        $s:tt / $($rest:tt)*
    ) => { $crate::network! { @unbraced $name $ahead $s / } };
    (@layer $head:tt $name:ident $ahead:tt $passed:tt $names:tt $s1:tt $done:tt
        $s:ident :: $($rest:tt)*
    ) => { $crate::network! { @unbraced $name $ahead $s :: } };
    (@unbraced $name:ident [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $s:tt $op:tt) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name), "`, layer ", $l,
            ": a size that is an expression needs braces, as in `{",
            $crate::__core::stringify!($s), " ", $crate::__core::stringify!($op), " …}`"
        ));
    };
    (@layer $head:tt $name:ident [$p:tt $($ahead:tt)+] $passed:tt $names:tt $s1:tt [$($done:tt)*]
        $s:tt $g:ty => $($rest:tt)*
    ) => {
        $crate::network! { @layer $head $name [$($ahead)+] $passed $names $s1
            [$($done)* ($s $g)] $($rest)*
        }
    };
    (@layer $head:tt $name:ident $ahead:tt $passed:tt $names:tt $s1:tt [$($done:tt)*]
        $s:tt $g:ty
    ) => {
        $crate::network! { @chain $head $names $s1 [$crate::Given] [] [] $($done)* ($s $g) }
    };

    // Name each layer's line: forward in order, backward in reverse.
    (@chain $head:tt
        [
            ($Lp:ident $lp:tt $thetap:ident $zp:ident $ap:ident $deltap:ident)
            ($L:ident $l:tt $theta:ident $z:ident $a:ident $delta:ident)
            ($Ln:ident $ln:tt $thetan:ident $zn:ident $an:ident $deltan:ident)
            $($names:tt)*
        ]
        $sp:tt $byp:tt [$($forward:tt)*] [$($backward:tt)*] ($s:tt $g:ty) $($more:tt)+
    ) => {
        $crate::network! { @chain $head
            [
                ($L $l $theta $z $a $delta)
                ($Ln $ln $thetan $zn $an $deltan)
                $($names)*
            ]
            $s [$crate::By<$g>]
            [$($forward)* ($Lp $lp $thetap $ap $sp $byp, $L $l $z $a $delta $s $g)]
            [($L $theta $deltan, $z $a $delta) $($backward)*]
            $($more)+
        }
    };
    (@chain $head:tt
        [
            ($Lp:ident $lp:tt $thetap:ident $zp:ident $ap:ident $deltap:ident)
            ($L:ident $l:tt $theta:ident $z:ident $a:ident $delta:ident)
            $($names:tt)*
        ]
        $sp:tt $byp:tt $forward:tt $backward:tt ($s:tt $g:ty)
    ) => {
        $crate::network! { @emit $head $forward
            ($Lp $lp $thetap $ap $sp $byp, $L $l $z $a $delta $s $g) $backward
        }
    };

    // The whole network. Every name is an absolute path, for what stands beside it may be called
    // anything; what has to have a name of its own begins with two underscores.
    (@emit
        { [$([$($own:tt)*])*] [$([$($all:tt)*])*] [$vis:vis] $name:ident [$($size:ident)*] $cost:ty }
        [$((
            $Lh:ident $lh:tt $thetah:ident $ah_in:ident $sh_in:tt [$byh_in:ty],
            $Mh:ident $mh:tt $zh:ident $ah:ident $deltah:ident $sh:tt $gh:ty
        ))*]
        (
            $Lo:ident $lo:tt $thetao:ident $ao_in:ident $so_in:tt [$byo_in:ty],
            $Mo:ident $mo:tt $zo:ident $ao:ident $deltao:ident $so:tt $go:ty
        )
        [$(($Lb:ident $thetab:ident $deltab_in:ident, $zb:ident $ab:ident $deltab:ident))*]
    ) => {
        $(#[$($own)*])*
        ///
        /// Made by [`seeded`](#method.seeded), or on the heap by [`boxed_seeded`](#method.boxed_seeded).
        /// It gives [`predict`](#method.predict), [`cost`](#method.cost) and
        /// [`cost_and_gradient`](#method.cost_and_gradient), and of one example, by name,
        /// [`forward`](#method.forward) and [`backward`](#method.backward).
        ///
        /// | layer | units | activation | from Θ | trace | deltas |
        /// | --- | --- | --- | --- | --- | --- |
        #[doc = $crate::__doc!(@row_of_x [$($ah_in $sh_in)* $ao_in $so_in])]
        $(#[doc = $crate::__doc!(@row $mh $sh [$gh] $thetah $zh $ah $deltah)])*
        #[doc = $crate::__doc!(@row $mo $so [$go] $thetao $zo $ao $deltao)]
        ///
        #[doc = $crate::__core::concat!("It minimizes `", $crate::__core::stringify!($cost), "`.")]
        ///
        /// # Types of its trace and its deltas
        ///
        /// | field | type |
        /// | --- | --- |
        #[doc = $crate::__doc!(@type_of_a1 [$($ah_in $sh_in)* $ao_in $so_in])]
        $(
            #[doc = $crate::__doc!(@type_of trace $zh Z $Mh $sh)]
            #[doc = $crate::__doc!(@type_of trace $ah A $Mh $sh, By<$gh>)]
        )*
        #[doc = $crate::__doc!(@type_of trace $zo Z $Mo $so)]
        #[doc = $crate::__doc!(@type_of trace $ao A $Mo $so, OutputBy<$go>)]
        $(#[doc = $crate::__doc!(@type_of deltas $deltah Delta $Mh $sh)])*
        #[doc = $crate::__doc!(@type_of deltas $deltao Delta $Mo $so)]
        ///
        /// Fields of a gradient, and of Δ, are called as those of Θ.
        #[repr(C)]
        $vis struct $name<
            $(const $size: $crate::__core::primitive::usize,)* T = $crate::__core::primitive::f64
        > {
            $(
                #[doc = $crate::__doc!(@shape "Θ" $lh $mh $sh $sh_in)]
                pub $thetah: $crate::Theta<$crate::layer::$Lh, T, $sh, $sh_in>,
            )*
            #[doc = $crate::__doc!(@shape "Θ" $lo $mo $so $so_in)]
            pub $thetao: $crate::Theta<$crate::layer::$Lo, T, $so, $so_in>,
        }

        $crate::network! { @nonempty $name [$($size)*] $(($lh $sh_in))* ($lo $so_in) ($mo $so) }

        $(#[$($all)*])*
        const _: () = {
            $crate::network! { @functions $($thetah)* $thetao }

            impl<$(const $size: $crate::__core::primitive::usize,)* T> $name<$({ $size },)* T> {
                /// The network of these parameters; `const`, so that it can be a `static`.
                #[allow(clippy::too_many_arguments)]
                $vis const fn new(
                    $($thetah: $crate::Theta<$crate::layer::$Lh, T, $sh, $sh_in>,)*
                    $thetao: $crate::Theta<$crate::layer::$Lo, T, $so, $so_in>,
                ) -> Self {
                    Self { $($thetah,)* $thetao }
                }
            }
        };

        $(#[$($all)*])*
        const _: () = {
            #[$crate::__core::prelude::v1::derive(
                $crate::__core::clone::Clone,
                $crate::__core::fmt::Debug,
                $crate::__core::cmp::PartialEq
            )]
            pub struct __TraceFields<$(const $size: $crate::__core::primitive::usize,)* T> {
                $(
                    #[doc = $crate::__doc!(@of "a" $lh $sh_in)]
                    pub $ah_in: $crate::A<$crate::layer::$Lh, T, $sh_in, $byh_in>,
                    #[doc = $crate::__doc!(@of "z" $mh $sh)]
                    pub $zh: $crate::Z<$crate::layer::$Mh, T, $sh>,
                )*
                #[doc = $crate::__doc!(@of "a" $lo $so_in)]
                pub $ao_in: $crate::A<$crate::layer::$Lo, T, $so_in, $byo_in>,
                #[doc = $crate::__doc!(@of "z" $mo $so)]
                pub $zo: $crate::Z<$crate::layer::$Mo, T, $so>,
                #[doc = $crate::__doc!(@of "a" $mo $so)]
                pub $ao: $crate::A<$crate::layer::$Mo, T, $so, $crate::OutputBy<$go>>,
            }

            #[$crate::__core::prelude::v1::derive(
                $crate::__core::clone::Clone,
                $crate::__core::fmt::Debug,
                $crate::__core::cmp::PartialEq
            )]
            pub struct __DeltaFields<$(const $size: $crate::__core::primitive::usize,)* T> {
                $(
                    #[doc = $crate::__doc!(@of "δ" $mh $sh)]
                    pub $deltah: $crate::Delta<$crate::layer::$Mh, T, $sh>,
                )*
                #[doc = $crate::__doc!(@of "δ" $mo $so)]
                pub $deltao: $crate::Delta<$crate::layer::$Mo, T, $so>,
            }

            #[repr(C)]
            pub struct __GradientFields<
                __R: $crate::Role,
                $(const $size: $crate::__core::primitive::usize,)*
                T: $crate::RealField,
            > {
                $(
                    #[doc = $crate::__doc!(@shape "Δ or ∂J/∂Θ" $lh $mh $sh $sh_in)]
                    pub $thetah: __R::Of<$crate::layer::$Lh, T, $sh, $sh_in>,
                )*
                #[doc = $crate::__doc!(@shape "Δ or ∂J/∂Θ" $lo $mo $so $so_in)]
                pub $thetao: __R::Of<$crate::layer::$Lo, T, $so, $so_in>,
            }

            // SAFETY: `repr(C)`, and every field is `Parameters` of the scalar T itself.
            unsafe impl<
                __R: $crate::Role,
                $(const $size: $crate::__core::primitive::usize,)*
                T: $crate::RealField,
            > $crate::Parameters for __GradientFields<__R, $({ $size },)* T> {
                type Scalar = T;
            }

            // SAFETY: `repr(C)`, and every field is `Parameters` of the scalar T itself.
            unsafe impl<$(const $size: $crate::__core::primitive::usize,)* T: $crate::RealField>
                $crate::Parameters for $name<$({ $size },)* T>
            {
                type Scalar = T;
            }

            $crate::network! { @hidden $name [$($size)*] $($Mh $gh,)* }

            impl<$(const $size: $crate::__core::primitive::usize,)* T: $crate::RealField>
                $crate::Network for $name<$({ $size },)* T>
            {
                const NAME: &'static $crate::__core::primitive::str =
                    $crate::__core::stringify!($name);
                type Input = $crate::network!(@first T $($sh_in)* $so_in);
                type Target = $crate::network!(@array T $so);
                type Hypothesis = $go;
                type Cost = $cost;
                type TraceFields = __TraceFields<$({ $size },)* T>;
                type DeltaFields = __DeltaFields<$({ $size },)* T>;
                type GradientFields<__R: $crate::Role> = __GradientFields<__R, $({ $size },)* T>;
                type Chain = $crate::network!(
                    @steps [$(($Mh $sh $sh_in))*]
                    $crate::chain::Last<$crate::EndOf<Self>, $so, $so_in>
                );
                type With<__Other: $crate::RealField> = $name<$({ $size },)* __Other>;

                fn forward_fields(&self, __x: &Self::Input) -> Self::TraceFields {
                    $crate::network! { @functions $($ah_in $zh)* $ao_in $zo $ao }
                    $crate::network!(@a1 __x $($ah_in)* $ao_in);
                    $(
                        let $zh = &self.$thetah * $crate::A::given(&$ah_in);
                        let $ah =
                            <Self as $crate::HiddenLayer<$crate::layer::$Mh>>::activate(&$zh);
                    )*
                    let $zo = &self.$thetao * $crate::A::given(&$ao_in);
                    let $ao = <Self as $crate::OutputLayer>::output(&$zo);
                    __TraceFields { $($ah_in, $zh,)* $ao_in, $zo, $ao }
                }

                fn backward_fields(
                    &self,
                    __trace: &Self::TraceFields,
                    __y: &Self::Target,
                ) -> Self::DeltaFields {
                    $crate::network! { @functions $($deltah)* $deltao }
                    let $deltao =
                        <Self as $crate::OutputLayer>::delta(&__trace.$zo, &__trace.$ao, __y);
                    $(
                        let $deltab = $crate::DjDa::hadamard(
                            &($crate::Theta::transpose(&self.$thetab) * &$deltab_in),
                            &<Self as $crate::HiddenLayer<$crate::layer::$Lb>>::g_prime(
                                &__trace.$zb,
                                &__trace.$ab,
                            ),
                        );
                    )*
                    __DeltaFields { $($deltah,)* $deltao }
                }

                fn add_outer_products(
                    __sums: &mut Self::GradientFields<$crate::Summed>,
                    __trace: &Self::TraceFields,
                    __deltas: &Self::DeltaFields,
                ) {
                    $(
                        __sums.$thetah +=
                            &__deltas.$deltah * $crate::A::transpose(&__trace.$ah_in);
                    )*
                    __sums.$thetao += &__deltas.$deltao * $crate::A::transpose(&__trace.$ao_in);
                }

                fn cost_of_fields(__trace: &Self::TraceFields, __y: &Self::Target) -> T {
                    <Self as $crate::OutputLayer>::cost(&__trace.$zo, &__trace.$ao, __y)
                }

                fn output_of_fields(__trace: &Self::TraceFields) -> &Self::Target {
                    $crate::A::array(&__trace.$ao)
                }
            }
        };
    };

    // No pattern can be called as a static or a constant in scope is; as a function, it can.
    (@functions $($name:ident)*) => { $(fn $name() {})* };

    // Step<…, s₂, s₁, Step<…, s₃, s₂, … Last<…>>>; what is no activation is told of elsewhere.
    (@steps [] $($last:tt)*) => { $($last)* };
    (@steps [($M:ident $s:tt $s_in:tt) $($steps:tt)*] $($last:tt)*) => {
        $crate::chain::Step<
            $crate::ActivationOf<Self, $crate::layer::$M>,
            $s,
            $s_in,
            $crate::network!(@steps [$($steps)*] $($last)*),
        >
    };
    (@hidden $name:ident [$($size:ident)*]) => {};
    (@hidden $name:ident [$($size:ident)*] $M:ident $g:ty, $($rest:tt)*) => {
        #[doc(hidden)]
        impl<$(const $size: $crate::__core::primitive::usize,)* T: $crate::RealField>
            $crate::HiddenLayer<$crate::layer::$M> for $name<$({ $size },)* T>
        {
            type G = $g;
        }
        $crate::network! { @hidden $name [$($size)*] $($rest)* }
    };

    (@first $T:ident $s1:tt $($s:tt)*) => { $crate::network!(@array $T $s1) };
    // Braces that are written here are none that the user need not have written.
    (@array $T:ident {$($s:tt)*}) => { [$T; {$($s)*}] };
    (@array $T:ident $s:tt) => { [$T; $s] };
    (@a1 $x:ident $a1:ident $($a:ident)*) => {
        let $a1 = <$crate::A<_, _, _> as $crate::__core::convert::From<_>>::from(
            $crate::__core::clone::Clone::clone($x),
        );
    };

    // Sizes that are known here are checked here, where `cargo check` sees it; sizes that depend
    // on const parameters, where `SHAPES` is evaluated.
    (@nonempty $name:ident [] $(($l:tt $s:tt))*) => {
        const _: () = {
            $($crate::__core::assert!(
                $s > 0_usize,
                $crate::__core::concat!(
                    "network `", $crate::__core::stringify!($name), "`: layer ", $l, " has size 0"
                )
            );)*
        };
    };
    (@nonempty $name:ident [$($size:ident)+] $($layers:tt)*) => {};

    ($($other:tt)*) => {
        $crate::__core::compile_error!(
            "network! takes `struct Name(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;`"
        );
    };
}
