//! `network!`: the list of a network's lines. It holds no mathematics.

mod docs;
mod layers;
mod read;
mod say;

pub use layers::{ActivationOf, EndOf, HiddenLayer, OutputLayer, lines};

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
/// - A size is a literal, a constant, or a const expression in braces: `{2 * HIDDEN}`. It is a
///   `usize` of at least one.
/// - Sizes may be the struct's own const parameters:
///   `pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 64 Tanh => ACT Identity) …`,
///   used as `Policy<4, 2, f32>`. (The language has no `{OBS + 1}` of such a parameter.)
/// - The scalar `T` comes last, and is `f64` where a type leaves it out.
/// - Activations are types: every [`Activation`](crate::Activation), and as the last one every
///   [`Output`](crate::Output). A [`Cost`](crate::Cost) that does not fit the last one does not
///   compile.
/// - Attributes and docs are those of the struct; derive `Clone`, `Debug` or `PartialEq` where you
///   want them (what else the language derives, a Θ has not). `cfg`, and what `allow` and `expect`
///   name, goes for all that is written; so does the permission to name what is `deprecated`. `repr`
///   is refused, for the layout is `repr(C)`.
/// - What stands beside a network may be called anything, and a network too, but for `T`, names that
///   begin with two underscores, and those of this crate's activations and costs.
/// - One call may hold several networks, each behind the `;` of the one before.
///
/// # What it writes
///
/// A `#[repr(C)]` struct with the public fields `theta1`, … of type [`Theta`](crate::Theta), a
/// `const fn new(theta1, …)`, and the [`Parameters`](crate::Parameters) and
/// [`Network`](crate::Network) implementations; with the feature `serde`, `Serialize` and `Deserialize` too.
/// Its docs are what you write, then a table of the layers and
/// the types of what a trace and deltas hold. (rustdoc prints `{ _ }` for an expression in braces, and a
/// constant by its name.) For the network above that is, but for docs, absolute paths
/// and names that are hidden in a `const _` block, what a reader can also write by hand:
///
#[doc = concat!("```\n", include_str!("macros/by_hand.rs"), "```")]
#[macro_export]
macro_rules! network {
    // Entry: take the frame apart, one network after the other; `read.rs` goes on.
    (
        $(#[$($attribute:tt)*])* $vis:vis struct $name:tt
        <$(const $size:ident : usize),+ $(,)?> $layers:tt minimizing $($rest:tt)*
    ) => {
        $crate::network! { @cost
            { [$vis] [$name $layers] [$($size)+] } [$([$($attribute)*])*] $($rest)*
        }
    };
    ($(#[$($attribute:tt)*])* $vis:vis struct $name:tt $layers:tt minimizing $($rest:tt)*) => {
        $crate::network! { @cost
            { [$vis] [$name $layers] [] } [$([$($attribute)*])*] $($rest)*
        }
    };
    (@cost { $vis:tt $at:tt $sizes:tt } $attributes:tt T $(; $($more:tt)*)?) => {
        $crate::__say! { @t $at "cost" }
    };
    (@cost { $vis:tt $at:tt $sizes:tt } $attributes:tt $cost:ident + $($more:tt)*) => {
        $crate::__say! { $at "`: it minimizes one cost, not a sum; a sum is a `CostOfA` of your own" }
    };
    (@cost { $vis:tt $at:tt $sizes:tt } $attributes:tt $cost:ident ($($number:tt)*) $($more:tt)*) => {
        $crate::__say! { $at "`: `", $crate::__core::stringify!($cost),
            "(\u{2026})` is a call; a cost is a type, `CrossEntropy`, with numbers as in `Huber<1, 2>`" }
    };
    (@cost { $($network:tt)* } [$($attribute:tt)*] $cost:ty $(;)?) => {
        $crate::__read_network! { @attributes [] [] { $($network)* $cost } $($attribute)* }
    };
    (@cost { $vis:tt $at:tt $sizes:tt } [$($attribute:tt)*] $cost:ty; $($more:tt)+) => {
        $crate::__read_network! { @attributes [] [] { $vis $at $sizes $cost } $($attribute)* }
        $crate::network! { @more $at $($more)+ }
    };
    (@cost { $vis:tt $at:tt $sizes:tt } $attributes:tt
        $cost:ident $(#$attribute:tt)* $next:vis struct $($more:tt)*
    ) => {
        $crate::__say! { $at "`: a `;` ends it, in front of the next one, as in `minimizing ",
            $crate::__core::stringify!($cost), ";`" }
    };
    (@cost { $vis:tt $at:tt $sizes:tt } $attributes:tt $($rest:tt)*) => {
        $crate::__say! { $at "`: cannot read `minimizing ", $crate::__core::stringify!($($rest)*),
            "`; it is written `minimizing CrossEntropy;`" }
    };
    (@more $at:tt $(;)+ $($more:tt)*) => { $crate::network! { @more $at $($more)* } };
    (@more $at:tt) => {};
    (@more $at:tt $(#[$($attribute:tt)*])* $vis:vis struct $($more:tt)*) => {
        $crate::network! { $(#[$($attribute)*])* $vis struct $($more)* }
    };
    (@more $at:tt $first:tt $($more:tt)*) => {
        $crate::__say! { $at "`: `", $crate::__core::stringify!($first),
            " \u{2026}` follows; behind its `;` stands another network, `struct Name(\u{2026})`" }
    };

    // Name each layer's line: forward in order, backward in reverse.
    (@chain $head:tt
        [
            ($Lp:ident $lp:tt $thetap:ident $zp:ident $ap:ident $deltap:ident $cp:ident)
            ($L:ident $l:tt $theta:ident $z:ident $a:ident $delta:ident $c:ident)
            ($Ln:ident $ln:tt $thetan:ident $zn:ident $an:ident $deltan:ident $cn:ident)
            $($names:tt)*
        ]
        $sp:tt $byp:tt [$($forward:tt)*] [$($backward:tt)*] ($s:tt $g:ty) $($more:tt)+
    ) => {
        $crate::network! { @chain $head
            [
                ($L $l $theta $z $a $delta $c)
                ($Ln $ln $thetan $zn $an $deltan $cn)
                $($names)*
            ]
            $s [$crate::By<($g)>]
            [$($forward)* ($Lp $lp $thetap $ap $cp $sp $byp, $L $l $z $a $delta $s $g)]
            [($L $theta $deltan, $z $a $delta) $($backward)*]
            $($more)+
        }
    };
    (@chain $head:tt
        [
            ($Lp:ident $lp:tt $thetap:ident $zp:ident $ap:ident $deltap:ident $cp:ident)
            ($L:ident $l:tt $theta:ident $z:ident $a:ident $delta:ident $c:ident)
            $($names:tt)*
        ]
        $sp:tt $byp:tt $forward:tt $backward:tt ($s:tt $g:ty)
    ) => {
        #[cfg(not(doc))]
        $crate::__emit! { @emit ($) $head $forward
            ($Lp $lp $thetap $ap $cp $sp $byp, $L $l $z $a $delta $c $s $g) $backward
        }
        #[cfg(doc)]
        $crate::network! { @plain ($) $head $forward
            ($Lp $lp $thetap $ap $cp $sp $byp, $L $l $z $a $delta $c $s $g) $backward
        }
    };
    // Docs and editors show sizes as they were written.
    (@plain $d:tt $head:tt
        [$(($Lh:ident $lh:tt $thetah:ident $a_in:ident $c_in:ident [$s_in:tt $($form_in:tt)*] $by:tt,
            $Mh:ident $mh:tt $z:ident $a:ident $delta:ident [$s:tt $($form:tt)*] $g:ty))*]
        ($Lo:ident $lo:tt $thetao:ident $ao_in:ident $co_in:ident [$so_in:tt $($formo_in:tt)*] $byo:tt,
            $Mo:ident $mo:tt $zo:ident $ao:ident $deltao:ident $co:ident [$so:tt $($formo:tt)*] $go:ty)
        $backward:tt
    ) => {
        $crate::network! { @emit $d $head
            [$(($Lh $lh $thetah $a_in $c_in [$s_in $s_in $s_in] $by,
                $Mh $mh $z $a $delta [$s $s $s] $g))*]
            ($Lo $lo $thetao $ao_in $co_in [$so_in $so_in $so_in] $byo,
                $Mo $mo $zo $ao $deltao $co [$so $so $so] $go)
            $backward
        }
    };

    // The whole network. Every name is an absolute path, for what stands beside it may be called
    // anything; what has to have a name of its own begins with two underscores.
    (@emit ($d:tt)
        {
            [$([$($own:tt)*])*] [$([$($all:tt)*])*]
            [$vis:vis] $name:tt $layers:tt [$($size:ident)*] $cost:ty
        }
        [$((
            $Lh:ident $lh:tt $thetah:ident $ah_in:ident $ch_in:ident
            [$wh_in:tt $fh_in:tt $sh_in:tt] [$byh_in:ty],
            $Mh:ident $mh:tt $zh:ident $ah:ident $deltah:ident [$wh:tt $fh:tt $sh:tt] $gh:ty
        ))*]
        (
            $Lo:ident $lo:tt $thetao:ident $ao_in:ident $co_in:ident
            [$wo_in:tt $fo_in:tt $so_in:tt] [$byo_in:ty],
            $Mo:ident $mo:tt $zo:ident $ao:ident $deltao:ident $co:ident
            [$wo:tt $fo:tt $so:tt] $go:ty
        )
        [$(($Lb:ident $thetab:ident $deltab_in:ident, $zb:ident $ab:ident $deltab:ident))*]
    ) => {
        // As in `say.rs`: called as the network is, so that the compiler points at the name and the layers
        // where it speaks of the struct.
        macro_rules! $name {
            ($d($d layers:tt)*) => {
                $(#[$($own)*])*
                #[doc = $crate::__doc!(@network $cost; $($ah_in $wh_in)* $ao_in $wo_in;
                    $(($mh $Mh $wh [$gh] By $thetah $zh $ah $deltah))*
                    ($mo $Mo $wo [$go] OutputBy $thetao $zo $ao $deltao))]
                #[repr(C)]
                $vis struct $name<
                    $(const $size: $crate::__core::primitive::usize,)* T = $crate::__core::primitive::f64
                > {
                    $(
                        #[doc = $crate::__doc!(@shape "Θ" $lh $mh $wh $wh_in)]
                        pub $thetah: $crate::Theta<$crate::layer::$Lh, T, $fh, $fh_in>,
                    )*
                    #[doc = $crate::__doc!(@shape "Θ" $lo $mo $wo $wo_in)]
                    pub $thetao: $crate::Theta<$crate::layer::$Lo, T, $fo, $fo_in>,
                }
            };
        }
        $name! $layers;

        $(#[$($all)*])*
        const _: () = {
            $crate::network! { @functions $($thetah)* $thetao }
            $crate::network! { @numbers $name [$($size)*] [$cost] $([$mh $gh])* [$mo $go] }

            #[$crate::__core::prelude::v1::derive(
                $crate::__core::clone::Clone,
                $crate::__core::fmt::Debug,
                $crate::__core::cmp::PartialEq
            )]
            pub struct __TraceFields<$(const $size: $crate::__core::primitive::usize,)* T> {
                $(
                    #[doc = $crate::__doc!(@of "a" $lh $wh_in)]
                    pub $ah_in: $crate::A<$crate::layer::$Lh, T, $sh_in, $byh_in>,
                    #[doc = $crate::__doc!(@of "z" $mh $wh)]
                    pub $zh: $crate::Z<$crate::layer::$Mh, T, $sh>,
                )*
                #[doc = $crate::__doc!(@of "a" $lo $wo_in)]
                pub $ao_in: $crate::A<$crate::layer::$Lo, T, $so_in, $byo_in>,
                #[doc = $crate::__doc!(@of "z" $mo $wo)]
                pub $zo: $crate::Z<$crate::layer::$Mo, T, $so>,
                #[doc = $crate::__doc!(@of "a" $mo $wo)]
                pub $ao: $crate::A<$crate::layer::$Mo, T, $so, $crate::OutputBy<($go)>>,
            }

            #[$crate::__core::prelude::v1::derive(
                $crate::__core::clone::Clone,
                $crate::__core::fmt::Debug,
                $crate::__core::cmp::PartialEq
            )]
            pub struct __DeltaFields<$(const $size: $crate::__core::primitive::usize,)* T> {
                $(
                    #[doc = $crate::__doc!(@of "δ" $mh $wh)]
                    pub $deltah: $crate::Delta<$crate::layer::$Mh, T, $sh>,
                )*
                #[doc = $crate::__doc!(@of "δ" $mo $wo)]
                pub $deltao: $crate::Delta<$crate::layer::$Mo, T, $so>,
            }

            #[repr(C)]
            pub struct __GradientFields<
                __R: $crate::Role,
                $(const $size: $crate::__core::primitive::usize,)*
                T: $crate::RealField,
            > {
                $(
                    #[doc = $crate::__doc!(@shape "Δ or ∂J/∂Θ" $lh $mh $wh $wh_in)]
                    pub $thetah: __R::Of<$crate::layer::$Lh, T, $sh, $sh_in>,
                )*
                #[doc = $crate::__doc!(@shape "Δ or ∂J/∂Θ" $lo $mo $wo $wo_in)]
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

            $crate::network! { @hidden $name [$($size)*] $($Mh $gh,)* }

            impl<$(const $size: $crate::__core::primitive::usize,)* T: $crate::RealField>
                $crate::Network for $name<$({ $size },)* T>
            {
                const NAME: &'static $crate::__core::primitive::str =
                    $crate::__core::stringify!($name);
                type Input = $crate::network!(@first T $($sh_in)* $so_in);
                type Target = $crate::network!(@array T $so);
                type DjDaL = $crate::DjDa<$crate::layer::$Mo, T, $so>;
                type DjDx = $crate::network!(@dj_dx T $($sh_in)* $so_in);
                type DeltaL = $crate::Delta<$crate::layer::$Mo, T, $so>;
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
                        let $zh = $crate::__lines::times(&self.$thetah, &$ah_in);
                        let $ah =
                            <Self as $crate::HiddenLayer<$crate::layer::$Mh>>::activate(&$zh);
                    )*
                    let $zo = $crate::__lines::times(&self.$thetao, &$ao_in);
                    let $ao = <Self as $crate::OutputLayer>::output(&$zo);
                    __TraceFields { $($ah_in, $zh,)* $ao_in, $zo, $ao }
                }

                fn delta_of_fields(
                    __trace: &Self::TraceFields,
                    __y: &Self::Target,
                ) -> Self::DeltaL {
                    <Self as $crate::OutputLayer>::delta(&__trace.$zo, &__trace.$ao, __y)
                }

                fn delta_from_fields(
                    __trace: &Self::TraceFields,
                    __dj_da: &Self::DjDaL,
                ) -> Self::DeltaL {
                    <Self as $crate::OutputLayer>::delta_from(&__trace.$zo, &__trace.$ao, __dj_da)
                }

                fn backward_fields(
                    &self,
                    __trace: &Self::TraceFields,
                    __delta: Self::DeltaL,
                ) -> Self::DeltaFields {
                    $crate::network! { @functions $($deltah)* $deltao }
                    let $deltao = __delta;
                    $(
                        let $deltab = $crate::DjDa::hadamard(
                            &$crate::__lines::back(&self.$thetab, &$deltab_in),
                            &<Self as $crate::HiddenLayer<$crate::layer::$Lb>>::g_prime(
                                &__trace.$zb,
                                &__trace.$ab,
                            ),
                        );
                    )*
                    __DeltaFields { $($deltah,)* $deltao }
                }

                fn dj_dx_of_fields(&self, __deltas: &Self::DeltaFields) -> Self::DjDx {
                    $crate::network!(@back self __deltas [$($thetah)* $thetao] [$($deltah)* $deltao])
                }

                fn add_outer_products(
                    __sums: &mut Self::GradientFields<$crate::Summed>,
                    __trace: &Self::TraceFields,
                    __deltas: &Self::DeltaFields,
                ) {
                    $(
                        $crate::__lines::add_outer_product(
                            &mut __sums.$thetah,
                            &__deltas.$deltah,
                            &__trace.$ah_in,
                        );
                    )*
                    $crate::__lines::add_outer_product(
                        &mut __sums.$thetao,
                        &__deltas.$deltao,
                        &__trace.$ao_in,
                    );
                }

                fn cost_of_fields(__trace: &Self::TraceFields, __y: &Self::Target) -> T {
                    <Self as $crate::OutputLayer>::cost(&__trace.$zo, &__trace.$ao, __y)
                }

                fn output_of_fields(__trace: &Self::TraceFields) -> &Self::Target {
                    $crate::A::array(&__trace.$ao)
                }
            }

            // As above.
            macro_rules! $name {
                ($d($d layers:tt)*) => {
                    // Sizes that are known here are checked here, where `cargo check` sees it, beside const
                    // parameters of one; those themselves, where `SHAPES` is evaluated.
                    type __One = $name<$({ $crate::network!(@one $size) },)* ()>;
                    $(
                        const $ch_in: $crate::__core::primitive::usize =
                            $crate::network!(@size $wh_in s_in $thetah);
                    )*
                    const $co_in: $crate::__core::primitive::usize =
                        $crate::network!(@size $wo_in s_in $thetao);
                    const $co: $crate::__core::primitive::usize =
                        $crate::network!(@size $wo s_out $thetao);
                    const _: () = {
                        $crate::__lines::nonempty(
                            $crate::__core::stringify!($name),
                            &[$($ch_in,)* $co_in, $co],
                        );
                        $crate::__lines::numbered(<__One as __Numbered>::NAMED);
                    };

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

                    $crate::network! { @no_step $name [$($size)*]
                        [SubAssign sub_assign (&mut self)] [AddAssign add_assign (&mut self)]
                        [Sub sub (self) -> Self] [Add add (self) -> Self]
                    }

                    impl<$(const $size: $crate::__core::primitive::usize,)* T> $crate::Over
                        for $name<$({ $size },)* T>
                    {
                        type T = T;
                    }

                    // SAFETY: `repr(C)`, and every field is `Parameters` of the scalar T itself.
                    unsafe impl<$(const $size: $crate::__core::primitive::usize,)* T: $crate::RealField>
                        $crate::Parameters for $name<$({ $size },)* T>
                    {
                        type Scalar = T;
                    }

                    $crate::serialize_network! { $name<$($size),*> }
                };
            }
            $name! $layers;
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

    // Refused with what stands on the right of it, and so without an error of its own.
    (@no_step $name:ident [$($size:ident)*]) => {};
    (@no_step $name:ident $sizes:tt
        [$operator:ident $call:ident ($($self:tt)*) $(-> $Output:ident)?] $($rest:tt)*
    ) => {
        $crate::network! { @no_step_by $name $sizes $operator $call ($($self)*) $($Output)? }
        $crate::network! { @no_step $name $sizes $($rest)* }
    };
    (@no_step_by $name:ident [$($size:ident)*]
        $operator:ident $call:ident ($($self:tt)*) $($Output:ident)?
    ) => {
        #[doc(hidden)]
        impl<$(const $size: $crate::__core::primitive::usize,)* T>
            $crate::__core::ops::$operator<$crate::OptimizerStep> for $name<$({ $size },)* T>
        {
            $(type Output = $Output;)?

            fn $call($($self)*, step: $crate::OptimizerStep) $(-> $Output)? {
                match step {}
            }
        }
    };

    (@first $T:ident $s1:tt $($s:tt)*) => { $crate::network!(@array $T $s1) };
    (@dj_dx $T:ident $s1:tt $($s:tt)*) => { $crate::DjDa<$crate::layer::L1, $T, $s1> };
    (@back $self:tt $deltas:ident [$theta1:ident $($t:ident)*] [$delta2:ident $($d:ident)*]) => {
        $crate::__lines::back(&$self.$theta1, &$deltas.$delta2)
    };
    // Braces that are written here are none that the user need not have written.
    (@array $T:ident {$($s:tt)*}) => { [$T; {$($s)*}] };
    (@array $T:ident $s:tt) => { [$T; $s] };
    (@a1 $x:ident $a1:ident $($a:ident)*) => {
        let $a1 = <$crate::A<_, _, _> as $crate::__core::convert::From<_>>::from(
            $crate::__core::clone::Clone::clone($x),
        );
    };

    // The numbers of a type as they are written here, in a trait of the network's own, so that they may be
    // the struct's own constants; what is no activation or cost is told of elsewhere.
    (@numbers $name:ident [$($size:ident)*] [$cost:ty] $([$l:tt $g:ty])*) => {
        trait __Numbered {
            const NAMED: &'static [(
                &'static $crate::__core::primitive::str,
                &'static $crate::__core::primitive::str,
            )];
        }

        impl<$(const $size: $crate::__core::primitive::usize,)* T> __Numbered
            for $name<$({ $size },)* T>
        {
            const NAMED: &'static [(
                &'static $crate::__core::primitive::str,
                &'static $crate::__core::primitive::str,
            )] = {
                use $crate::__lines::Unnumbered as _;
                &[
                    $((
                        $crate::__core::concat!(
                            "network `", $crate::__core::stringify!($name), "`, layer ", $l, ": `",
                            $crate::__core::stringify!($g), "`"
                        ),
                        $crate::__lines::Named::<($g)>::FAULT,
                    ),)*
                    (
                        $crate::__core::concat!(
                            "network `", $crate::__core::stringify!($name), "`: `",
                            $crate::__core::stringify!($cost), "`"
                        ),
                        $crate::__lines::Named::<($cost)>::FAULT,
                    ),
                ]
            };
        }
    };

    (@size $s:literal $of:ident $theta:ident) => { $s };
    (@size $s:tt $of:ident $theta:ident) => { $crate::__lines::$of(|__net: &__One| &__net.$theta) };
    (@one $own:ident) => { 1 };

    // Frames that are not one. `:vis` takes what is in front of `struct`, or nothing.
    ($(#[$($attribute:tt)*])* $vis:vis struct ($($layers:tt)*) $($rest:tt)*) => {
        $crate::__core::compile_error!("network! takes `struct Name(…)`: the network has no name");
    };
    ($(#[$($attribute:tt)*])* $vis:vis struct $name:ident $(;)?) => {
        $crate::__core::compile_error!($crate::__core::concat!(
            "network `", $crate::__core::stringify!($name),
            "`: no layers; they stand behind its name, `(3 => 2 Sigmoid)`"
        ));
    };
    ($(#[$($attribute:tt)*])* $vis:vis struct $name:tt $($frame:tt)*) => {
        $crate::__say! { @misframed [$name] [$($frame)*] $($frame)* }
    };
    ($($other:tt)*) => {
        $crate::__core::compile_error!(
            "network! takes `struct Name(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;`"
        );
    };
}

/// A network as the compiler takes it; to an editor's language server, with sizes as they were written.
#[cfg(not(rust_analyzer))]
#[doc(hidden)]
#[macro_export]
macro_rules! __emit {
    (@emit $($network:tt)*) => { $crate::network! { @emit $($network)* } };
}

/// A network as the compiler takes it; to an editor's language server, with sizes as they were written.
#[cfg(rust_analyzer)]
#[doc(hidden)]
#[macro_export]
macro_rules! __emit {
    (@emit $($network:tt)*) => { $crate::network! { @plain $($network)* } };
}
