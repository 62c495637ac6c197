//! How `network!` reads: attributes, names that are taken, and the layers. What it cannot read, it
//! says (`say.rs`), with the network, the layer and the tokens.

#[doc(hidden)]
#[macro_export]
macro_rules! __read_network {
    // Attributes, into those of the struct and those of all that is written. Docs are many.
    (@attributes [$($own:tt)*] $all:tt $rest:tt
        [doc $($a:tt)*] [doc $($b:tt)*] [doc $($c:tt)*] [doc $($d:tt)*]
        [doc $($e:tt)*] [doc $($f:tt)*] [doc $($g:tt)*] [doc $($h:tt)*] $($more:tt)*
    ) => {
        $crate::__read_network! { @attributes
            [
                $($own)* [doc $($a)*] [doc $($b)*] [doc $($c)*] [doc $($d)*]
                [doc $($e)*] [doc $($f)*] [doc $($g)*] [doc $($h)*]
            ]
            $all $rest $($more)*
        }
    };
    (@attributes $own:tt $all:tt $rest:tt [cfg $when:tt] $($more:tt)*) => {
        #[cfg $when]
        $crate::__read_network! { @attributes $own $all $rest $($more)* }
    };
    (@attributes $own:tt $all:tt $rest:tt
        [cfg_attr($key:ident $(= $value:tt)? $(($($when:tt)*))? $(, $($list:tt)*)?)] $($more:tt)*
    ) => {
        $crate::__read_network! { @attributes $own $all $rest
            [@when ($key $(= $value)? $(($($when)*))?) $($($list)*)?] $($more)*
        }
    };
    (@attributes $own:tt $all:tt $rest:tt [@when $when:tt] $($more:tt)*) => {
        $crate::__read_network! { @attributes $own $all $rest $($more)* }
    };
    (@attributes $own:tt $all:tt $rest:tt
        [@when $when:tt
            $($path:ident)::+ $(($($list:tt)*))? $(= $set:expr)? $(, $($others:tt)*)?]
        $($more:tt)*
    ) => {
        #[cfg $when]
        $crate::__read_network! { @attributes $own $all $rest
            [$($path)::+ $(($($list)*))? $(= $set)?] $([@when $when $($others)*])? $($more)*
        }
        #[cfg(not $when)]
        $crate::__read_network! { @attributes $own $all $rest $($more)* }
    };
    (@attributes [$($own:tt)*] [$($all:tt)*] $rest:tt [allow $lints:tt] $($more:tt)*) => {
        $crate::__read_network! { @attributes
            [$($own)* [allow $lints]] [$($all)* [allow $lints]] $rest $($more)*
        }
    };
    // What is expected is found once, in the struct.
    (@attributes [$($own:tt)*] [$($all:tt)*] $rest:tt [expect $lints:tt] $($more:tt)*) => {
        $crate::__read_network! { @attributes
            [$($own)* [expect $lints]] [$($all)* [allow $lints]] $rest $($more)*
        }
    };
    (@attributes [$($own:tt)*] [$($all:tt)*] $rest:tt [deprecated $($why:tt)*] $($more:tt)*) => {
        $crate::__read_network! { @attributes
            [$($own)* [deprecated $($why)*]] [$($all)* [allow(deprecated)]] $rest $($more)*
        }
    };
    (@attributes $own:tt $all:tt { $vis:tt $at:tt $sizes:tt $cost:ty } [repr $how:tt]
        $($more:tt)*
    ) => {
        $crate::__say! { $at "`: its layout is `repr(C)`, one \u{398} behind the other; ",
            "for an alignment there is `constprop::Aligned`" }
    };
    (@attributes $own:tt $all:tt $rest:tt [derive ($($traits:tt)*)] $($more:tt)*) => {
        $crate::__read_network! { @derive $own $all $rest [derive ($($traits)*)] [$($more)*]
            $($traits)* }
    };
    (@attributes [$($own:tt)*] $all:tt $rest:tt $attribute:tt $($more:tt)*) => {
        $crate::__read_network! { @attributes [$($own)* $attribute] $all $rest $($more)* }
    };
    (@attributes $own:tt $all:tt { $vis:tt [$name:tt $layers:tt] [$($size:ident)*] $cost:ty }) => {
        $crate::__read_network! { @name [$name $layers]
            { $own $all $vis $name $layers [$($size)*] $cost } $name $($size)*
        }
    };

    // What a network derives, word for word: what Θ has not, no field of it has.
    (@derive [$($own:tt)*] $all:tt $rest:tt $derive:tt [$($more:tt)*]) => {
        $crate::__read_network! { @attributes [$($own)* $derive] $all $rest $($more)* }
    };
    (@derive $own:tt $all:tt { $vis:tt $at:tt $($head:tt)* } $derive:tt $more:tt
        Copy $($traits:tt)*
    ) => {
        $crate::__say! { @derived $at "Copy" "`Clone`, for it may have megabytes" }
    };
    (@derive $own:tt $all:tt { $vis:tt $at:tt $($head:tt)* } $derive:tt $more:tt
        Eq $($traits:tt)*
    ) => {
        $crate::__say! { @derived $at "Eq" "`PartialEq`, as floats have" }
    };
    (@derive $own:tt $all:tt { $vis:tt $at:tt $($head:tt)* } $derive:tt $more:tt
        Hash $($traits:tt)*
    ) => {
        $crate::__say! { @derived $at "Hash" "`Clone`, `Debug` and `PartialEq`" }
    };
    (@derive $own:tt $all:tt { $vis:tt $at:tt $($head:tt)* } $derive:tt $more:tt
        Ord $($traits:tt)*
    ) => {
        $crate::__say! { @derived $at "Ord" "`PartialEq`: parameters have no order" }
    };
    (@derive $own:tt $all:tt { $vis:tt $at:tt $($head:tt)* } $derive:tt $more:tt
        PartialOrd $($traits:tt)*
    ) => {
        $crate::__say! { @derived $at "PartialOrd" "`PartialEq`: parameters have no order" }
    };
    (@derive $own:tt $all:tt { $vis:tt $at:tt $($head:tt)* } $derive:tt $more:tt
        Default $($traits:tt)*
    ) => {
        $crate::__say! { @derived $at "Default" "`Clone`; it begins with `seeded` or `zeros`" }
    };
    (@derive $own:tt $all:tt $rest:tt $derive:tt $more:tt $any:tt $($traits:tt)*) => {
        $crate::__read_network! { @derive $own $all $rest $derive $more $($traits)* }
    };

    // Names that are taken: the scalar's, three that are written here, those of layers and costs.
    (@name $at:tt $head:tt T $($size:ident)*) => { $crate::__say! { @t $at "network" } };
    (@name $at:tt $head:tt __TraceFields $($size:ident)*) => {
        $crate::__say! { @underscores $at }
    };
    (@name $at:tt $head:tt __DeltaFields $($size:ident)*) => {
        $crate::__say! { @underscores $at }
    };
    (@name $at:tt $head:tt __GradientFields $($size:ident)*) => {
        $crate::__say! { @underscores $at }
    };
    (@name $at:tt $head:tt Sigmoid $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Tanh $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Relu $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt LeakyRelu $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Elu $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Gelu $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Silu $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Softplus $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Identity $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt Softmax $($size:ident)*) => {
        $crate::__say! { @hides $at "an activation" $($size)* }
    };
    (@name $at:tt $head:tt CrossEntropy $($size:ident)*) => {
        $crate::__say! { @hides $at "a cost" $($size)* }
    };
    (@name $at:tt $head:tt CategoricalCrossEntropy $($size:ident)*) => {
        $crate::__say! { @hides $at "a cost" $($size)* }
    };
    (@name $at:tt $head:tt SignedCategoricalCrossEntropy $($size:ident)*) => {
        $crate::__say! { @hides $at "a cost" $($size)* }
    };
    (@name $at:tt $head:tt HalfSquaredError $($size:ident)*) => {
        $crate::__say! { @hides $at "a cost" $($size)* }
    };
    (@name $at:tt $head:tt Huber $($size:ident)*) => {
        $crate::__say! { @hides $at "a cost" $($size)* }
    };
    (@name $at:tt $head:tt $name:ident $($size:ident)*) => {
        $crate::__read_network! { @sizes $at $head [$($size)*] $($size)* }
    };
    (@sizes $at:tt $head:tt $own:tt T $($rest:ident)*) => {
        $crate::__say! { @t $at "const parameter" }
    };
    (@sizes $at:tt $head:tt $own:tt $last:ident) => {
        $crate::__read_network! { @sizes $at $head $own }
    };
    (@sizes $at:tt $head:tt $own:tt $first:ident $($rest:ident)+) => {
        $crate::__say! { @twice ($) $first [$($rest)+]
            { @sizes $at $head $own $($rest)+ }
        }
    };
    (@sizes [$name:tt $layers:tt] $head:tt $own:tt) => {
        $crate::__read_network! { @names [$name $layers] $head $own $layers }
    };
    // The names of all layers, in one place so that they share one hygiene.
    (@names $at:tt $head:tt $own:tt ($($layers:tt)*)) => {
        $crate::__read_network! { @input $at $head $own
            [
                (L1 1 theta1 z1 a1 delta1 __S1) (L2 2 theta2 z2 a2 delta2 __S2)
                (L3 3 theta3 z3 a3 delta3 __S3) (L4 4 theta4 z4 a4 delta4 __S4)
                (L5 5 theta5 z5 a5 delta5 __S5) (L6 6 theta6 z6 a6 delta6 __S6)
                (L7 7 theta7 z7 a7 delta7 __S7) (L8 8 theta8 z8 a8 delta8 __S8)
                (L9 9 theta9 z9 a9 delta9 __S9) (L10 10 theta10 z10 a10 delta10 __S10)
                (L11 11 theta11 z11 a11 delta11 __S11) (L12 12 theta12 z12 a12 delta12 __S12)
                (L13 13 theta13 z13 a13 delta13 __S13) (L14 14 theta14 z14 a14 delta14 __S14)
                (L15 15 theta15 z15 a15 delta15 __S15) (L16 16 theta16 z16 a16 delta16 __S16)
                (L17 17 theta17 z17 a17 delta17 __S17) (L18 18 theta18 z18 a18 delta18 __S18)
                (L19 19 theta19 z19 a19 delta19 __S19) (L20 20 theta20 z20 a20 delta20 __S20)
                (L21 21 theta21 z21 a21 delta21 __S21) (L22 22 theta22 z22 a22 delta22 __S22)
                (L23 23 theta23 z23 a23 delta23 __S23) (L24 24 theta24 z24 a24 delta24 __S24)
                (L25 25 theta25 z25 a25 delta25 __S25) (L26 26 theta26 z26 a26 delta26 __S26)
                (L27 27 theta27 z27 a27 delta27 __S27) (L28 28 theta28 z28 a28 delta28 __S28)
                (L29 29 theta29 z29 a29 delta29 __S29) (L30 30 theta30 z30 a30 delta30 __S30)
                (L31 31 theta31 z31 a31 delta31 __S31) (L32 32 theta32 z32 a32 delta32 __S32)
                (L33 33 theta33 z33 a33 delta33 __S33)
            ]
            $($layers)*
        }
    };
    (@names $at:tt $head:tt $own:tt { $($braced:tt)* }) => { $crate::__say! { @braced $at } };
    (@names $at:tt $head:tt $own:tt $layers:tt) => {
        $crate::__say! { $at "`: the layers stand in parentheses, `(3 => 2 Sigmoid)`" }
    };

    // The input layer: a size alone. A constant named as the scalar is would be taken for it.
    //
    // Each size goes on in three forms: as it was written, as the struct says it, and as what is
    // implemented says it. The struct alone says an expression, so that the compiler speaks of it
    // once; all else has it from the struct, `__S2`. The struct's own sizes are the same in both.
    (@input $at:tt $head:tt $own:tt $names:tt T => $($rest:tt)*) => {
        $crate::__say! { @t $at "constant" 1 }
    };
    (@input $at:tt $head:tt $own:tt $names:tt ($($s:tt)*) => $($rest:tt)+) => {
        $crate::__read_network! { @input $at $head $own $names { $($s)* } => $($rest)+ }
    };
    (@input $at:tt $head:tt $own:tt $names:tt {} => $($rest:tt)*) => {
        $crate::__say! { @empty $at 1 }
    };
    (@input $at:tt $head:tt $own:tt $names:tt $s:literal => $($rest:tt)+) => {
        $crate::__read_network! {
            @layer $at $names { $head $own $names [$s {{ $s }} __S1] } [] $($rest)+
        }
    };
    (@input $at:tt $head:tt [] $names:tt { $($s:tt)* } => $($rest:tt)+) => {
        $crate::__read_network! {
            @layer $at $names { $head [] $names [{ $($s)* } {{ $($s)* }} __S1] } [] $($rest)+
        }
    };
    (@input $at:tt $head:tt [$($own:ident)+] $names:tt
        { $first:tt $second:tt $($s:tt)* } => $($rest:tt)+
    ) => {
        $crate::__say! { @computed ($) 1 [$($own)+] { $first $second $($s)* } {
            @layer $at $names
            {
                $head [$($own)+] $names
                [{ $first $second $($s)* } { $first $second $($s)* } { $first $second $($s)* }]
            }
            [] $($rest)+
        } }
    };
    (@input $at:tt $head:tt $own:tt $names:tt { $($s:tt)* } => $($rest:tt)+) => {
        $crate::__read_network! {
            @layer $at $names
            { $head $own $names [{ $($s)* } { $($s)* } { $($s)* }] } [] $($rest)+
        }
    };
    (@input $at:tt $head:tt [] $names:tt $s:tt => $($rest:tt)+) => {
        $crate::__read_network! {
            @layer $at $names { $head [] $names [$s {{ $s }} __S1] } [] $($rest)+
        }
    };
    (@input $at:tt $head:tt $own:tt $names:tt $s:tt => $($rest:tt)+) => {
        $crate::__read_network! {
            @layer $at $names { $head $own $names [$s { $s } { $s }] } [] $($rest)+
        }
    };
    (@input $at:tt $head:tt $own:tt $names:tt $s:tt $op:tt $($rest:tt)+) => {
        $crate::__say! { $at "`, layer 1: the input is a size and `=>`, without an activation; ",
            "an expression needs braces, as in `{4 + 1}`" }
    };
    (@input $at:tt $head:tt $own:tt $names:tt $($rest:tt)*) => {
        $crate::__say! { $at
            "` has fewer than two layers: it needs an input and an output, `(3 => 2 Sigmoid)`" }
    };

    // Every other layer: a size and an activation. What `:ty` would stumble over is named first.
    (@layer $at:tt $ahead:tt { $head:tt $own:tt $names:tt $s1:tt } [$($done:tt)*] @end) => {
        $crate::network! { @chain $head $names $s1 [$crate::Given] [] [] $($done)* }
    };
    (@layer $at:tt [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $state:tt $done:tt
        T $($rest:tt)*
    ) => {
        $crate::__say! { @t $at "constant" $l }
    };
    (@layer $at:tt [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $state:tt $done:tt
        $s:tt T $($rest:tt)*
    ) => {
        $crate::__say! { @t $at "activation" $l }
    };
    (@layer $at:tt [$p:tt] $state:tt $done:tt $($rest:tt)*) => {
        $crate::__say! { $at "` has more than 33 layers" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt) => {
        $crate::__say! { @layer $at $ahead "nothing follows `=>`" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt [$($list:tt)*] $($rest:tt)*) => {
        $crate::__say! { @layer $at $ahead "`[", $crate::__core::stringify!($($list)*),
            "]` is a list; every layer is written by itself, `4 Tanh => 1 Sigmoid`" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt $(=> $($rest:tt)*)?) => {
        $crate::__say! { @layer $at $ahead
            "no activation; write it behind the size, as in `",
            $crate::__core::stringify!($s), " Tanh`" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt #[$($attribute:tt)*] $($rest:tt)*) => {
        $crate::__say! { @layer $at $ahead
            "a layer has no attributes and no docs; they stand in front of `struct`" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt - $($rest:tt)*) => {
        $crate::__say! { @layer $at $ahead "`-", $crate::__core::stringify!($($rest)*),
            "` begins with a sign; a size is a number of units, as in `4 Tanh`" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt + $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s + }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt - $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s - }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt * $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s * }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt / $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s / }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt % $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s % }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt << $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s << }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt >> $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s >> }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt & $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s & }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt | $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s | }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt ^ $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s ^ }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt < $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s < }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt > $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s > }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:ident :: $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s :: }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt . $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s . }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt as $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s as }
    };
    (@layer $at:tt [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $state:tt $done:tt
        {} $($rest:tt)*
    ) => {
        $crate::__say! { @empty $at $l }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt ($($s:tt)*) $($rest:tt)+) => {
        $crate::__read_network! { @layer $at $ahead $state $done { $($s)* } $($rest)+ }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:ident [$($x:tt)*] $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s[$($x)*] }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:ident ($($x:tt)*) $($rest:tt)*) => {
        $crate::__say! { @unbraced $at $ahead $s($($x)*) }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $g:ident $s:literal $($rest:tt)*) => {
        $crate::__say! { @layer $at $ahead
            "the size stands first, `", $crate::__core::stringify!($s $g), "`, not `",
            $crate::__core::stringify!($g $s), "`" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt
        $s:tt $g:ident $(:: $path:ident)* ($($x:tt)*) $($rest:tt)*
    ) => {
        $crate::__say! { @layer $at $ahead "`", $crate::__core::stringify!($g),
            "(\u{2026})` is a call; an activation is a type, `Tanh`, with numbers as in `LeakyRelu<1, 100>`" }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt dyn $($rest:tt)*) => {
        $crate::__say! { @no_type $at $ahead dyn }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt impl $($rest:tt)*) => {
        $crate::__say! { @no_type $at $ahead impl }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt $g:ident < dyn $($rest:tt)*) => {
        $crate::__say! { @no_type $at $ahead $g<dyn }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt $g:ident + $($rest:tt)*) => {
        $crate::__say! { @no_type $at $ahead $g + }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt [$($list:tt)*] $($rest:tt)*) => {
        $crate::__say! { @no_type $at $ahead [$($list)*] }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt _ $($rest:tt)*) => {
        $crate::__say! { @no_type $at $ahead _ }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt $g:ty, $($rest:tt)*) => {
        $crate::__say! { @between $at $ahead , }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt $g:ty; $($rest:tt)*) => {
        $crate::__say! { @between $at $ahead ; }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt $g:ident -> $($rest:tt)*) => {
        $crate::__say! { @between $at $ahead -> }
    };
    // `LeakyRelu<1, 100>=>` without a space is `>=` and `>` to the compiler.
    (@layer $at:tt $ahead:tt $state:tt $done:tt
        $s:tt $g:ident < $a:tt $(, $b:tt)* >= > $($rest:tt)*
    ) => {
        $crate::__read_network! { @layer $at $ahead $state $done $s $g<$a $(, $b)*> => $($rest)* }
    };
    // The last layer ends as the others do.
    (@layer $at:tt $ahead:tt $state:tt $done:tt $s:tt $g:ty) => {
        $crate::__read_network! { @layer $at $ahead $state $done $s $g => @end }
    };
    (@layer $at:tt
        [$p:tt ($L:ident $l:tt $theta:ident $z:ident $a:ident $delta:ident $size:ident) $($after:tt)*]
        $state:tt [$($done:tt)*] $s:literal $g:ty => $($rest:tt)*
    ) => {
        $crate::__read_network! {
            @layer $at [($L $l $theta $z $a $delta $size) $($after)*] $state
            [$($done)* ([$s {{ $s }} $size] $g)] $($rest)*
        }
    };
    (@layer $at:tt
        [$p:tt ($L:ident $l:tt $theta:ident $z:ident $a:ident $delta:ident $size:ident) $($after:tt)*]
        { $head:tt [] $names:tt $s1:tt } [$($done:tt)*]
        { $($s:tt)* } $g:ty => $($rest:tt)*
    ) => {
        $crate::__read_network! {
            @layer $at [($L $l $theta $z $a $delta $size) $($after)*] { $head [] $names $s1 }
            [$($done)* ([{ $($s)* } {{ $($s)* }} $size] $g)] $($rest)*
        }
    };
    (@layer $at:tt
        [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*]
        { $head:tt [$($own:ident)+] $names:tt $s1:tt } [$($done:tt)*]
        { $first:tt $second:tt $($s:tt)* } $g:ty => $($rest:tt)*
    ) => {
        $crate::__say! { @computed ($) $l [$($own)+] { $first $second $($s)* } {
            @layer $at [($L $l $($n)*) $($after)*] { $head [$($own)+] $names $s1 }
            [
                $($done)*
                ([{ $first $second $($s)* } { $first $second $($s)* } { $first $second $($s)* }] $g)
            ]
            $($rest)*
        } }
    };
    (@layer $at:tt
        [$p:tt $($ahead:tt)+]
        { $head:tt $own:tt $names:tt $s1:tt } [$($done:tt)*]
        { $($s:tt)* } $g:ty => $($rest:tt)*
    ) => {
        $crate::__read_network! {
            @layer $at [$($ahead)+] { $head $own $names $s1 }
            [$($done)* ([{ $($s)* } { $($s)* } { $($s)* }] $g)] $($rest)*
        }
    };
    (@layer $at:tt
        [$p:tt ($L:ident $l:tt $theta:ident $z:ident $a:ident $delta:ident $size:ident) $($after:tt)*]
        { $head:tt [] $names:tt $s1:tt } [$($done:tt)*]
        $s:tt $g:ty => $($rest:tt)*
    ) => {
        $crate::__read_network! {
            @layer $at [($L $l $theta $z $a $delta $size) $($after)*] { $head [] $names $s1 }
            [$($done)* ([$s {{ $s }} $size] $g)] $($rest)*
        }
    };
    (@layer $at:tt
        [$p:tt $($ahead:tt)+]
        { $head:tt $own:tt $names:tt $s1:tt } [$($done:tt)*]
        $s:tt $g:ty => $($rest:tt)*
    ) => {
        $crate::__read_network! {
            @layer $at [$($ahead)+] { $head $own $names $s1 }
            [$($done)* ([$s { $s } { $s }] $g)] $($rest)*
        }
    };
    (@layer $at:tt $ahead:tt $state:tt $done:tt $($rest:tt)*) => {
        $crate::__say! { @layer $at $ahead "cannot read `", $crate::__core::stringify!($($rest)*),
            "`; layers are written `4 Tanh => 1 Sigmoid`" }
    };
}
