//! What `network!` says where it cannot read. A message comes from a macro that is called as the
//! network is, over its own layers: the compiler then points at them, and at no macro of this crate.

#[doc(hidden)]
#[macro_export]
macro_rules! __say {
    (@t $at:tt $what:literal $($l:literal)?) => {
        $crate::__say! { $at "`", $(", layer ", $l,)?
            ": `T` is the scalar; call the ", $what, " something else" }
    };
    (@underscores $at:tt) => {
        $crate::__say! { $at
            "`: names with two underscores are those of `network!`; ",
            "call the network something else" }
    };
    // A type of that name, so that the compiler does not go on with what it would hide. Its length is the
    // message: of what is made with a type that holds an error, nothing is said.
    (@hides [$name:tt $layers:tt] $what:literal $($size:ident)*) => {
        $crate::__say! { @macro ($) $name
            $crate::__core::concat!("network `", $crate::__core::stringify!($name),
                "` would hide ", $what, " of that name; call the network something else"),
            pub type $name<
                $(const $size: $crate::__core::primitive::usize,)* T = $crate::__core::primitive::f64
            > = [T; $name! $layers];
        }
    };
    // A macro that looks for a name, and hands on what it is handed where there is none: so that stays as
    // it was written.
    (@twice ($d:tt) $size:ident $others:tt $on:tt) => {
        macro_rules! __find {
            ([$size $d($d more:tt)*] { @sizes $d at:tt $d($d on:tt)* }) => {
                $crate::__say! { $d at "`: two sizes are called `",
                    $crate::__core::stringify!($size), "`; each has a name of its own" }
            };
            ([$d other:tt $d($d more:tt)*] $d on:tt) => { __find! { [$d($d more)*] $d on } };
            ([] { $d($d on:tt)* }) => { $crate::__read_network! { $d($d on)* } };
        }
        __find! { $others $on }
    };
    (@computed ($d:tt) $l:literal [$($size:ident)+] { $($s:tt)+ } $on:tt) => {
        macro_rules! __find {
            // `sizes::N` is another one.
            ([:: $d name:ident $d($d more:tt)*] $d on:tt) => {
                __find! { [$d($d more)*] $d on }
            };
            $(([$size $d($d more:tt)*] { @layer $d at:tt $d($d on:tt)* }) => {
                $crate::__say! { $d at "`, layer ", $l, ": a size is not computed with `",
                    $crate::__core::stringify!($size),
                    "`; declare one for it, as in `<const N: usize>`" }
            };)+
            ([($d($d inner:tt)*) $d($d more:tt)*] $d on:tt) => {
                __find! { [$d($d inner)* $d($d more)*] $d on }
            };
            ([$d other:tt $d($d more:tt)*] $d on:tt) => { __find! { [$d($d more)*] $d on } };
            ([] { $d($d on:tt)* }) => { $crate::__read_network! { $d($d on)* } };
        }
        __find! { [$($s)+] $on }
    };
    (@derived $at:tt $what:literal $instead:literal) => {
        $crate::__say! { $at "`: it cannot derive `", $what, "`; derive ", $instead }
    };
    (@braced [$name:tt $layers:tt]) => {
        $crate::__say! { @macro ($) $name
            $crate::__core::concat!("network `", $crate::__core::stringify!($name),
                "`: the layers stand in parentheses, not in braces"),
            $name! $layers
        }
    };
    (@layer $at:tt [$p:tt ($L:ident $l:tt $($n:ident)*) $($after:tt)*] $($part:expr),+) => {
        $crate::__say! { $at "`, layer ", $l, ": ", $($part),+ }
    };
    (@unbraced $at:tt $ahead:tt $($s:tt)+) => {
        $crate::__say! { @layer $at $ahead "a size that is an expression needs braces, as in `{",
            $crate::__core::stringify!($($s)+), " \u{2026}}`" }
    };
    (@empty $at:tt $l:literal) => {
        $crate::__say! { $at "`, layer ", $l, ": the braces are empty; a size is as in `{2 * HIDDEN}`" }
    };
    (@no_type $at:tt $ahead:tt $($g:tt)+) => {
        $crate::__say! { @layer $at $ahead "`", $crate::__core::stringify!($($g)+),
            "` begins no activation; it is one type by its name, as in `4 Tanh`" }
    };
    (@between $at:tt $ahead:tt $token:tt) => {
        $crate::__say! { @layer $at $ahead "`", $crate::__core::stringify!($token),
            "` follows; `=>` leads to the next layer, and nothing stands behind the last" }
    };

    // A frame that is none, without its attributes and its name.
    (@misframed $name:tt [$($all:tt)*] < $(const $size:ident : usize),+ $(,)? > $($rest:tt)*) => {
        $crate::__say! { @misframed $name [$($rest)*] $($rest)* }
    };
    (@misframed $name:tt $all:tt < const $size:ident : usize, $($rest:tt)*) => {
        $crate::__say! { @misframed $name $all < $($rest)* }
    };
    (@misframed $name:tt $all:tt < const $size:ident : usize = $($rest:tt)*) => {
        $crate::__say! { @unframed $name $all
            "a size has no default; write `<const ", $crate::__core::stringify!($size), ": usize>`" }
    };
    (@misframed $name:tt $all:tt < const $size:ident $($rest:tt)*) => {
        $crate::__say! { @unframed $name $all
            "a size is a `usize`; write `<const ", $crate::__core::stringify!($size), ": usize>`" }
    };
    (@misframed $name:tt $all:tt < $first:tt $($rest:tt)*) => {
        $crate::__say! { @unframed $name $all
            "`<", $crate::__core::stringify!($first), " \u{2026}` is no size; between `<` and `>` ",
            "stand sizes alone, `<const N: usize>`, and the scalar is there without" }
    };
    (@misframed $name:tt $all:tt $layers:tt where $($rest:tt)*) => {
        $crate::__say! { @unframed $name $all
            "it takes no `where`; sizes are `usize`, and the scalar any real" }
    };
    (@misframed $name:tt $all:tt ($($layers:tt)*) $word:ident $($rest:tt)*) => {
        $crate::__say! { @unframed $name $all
            "`", $crate::__core::stringify!($word), "` stands where `minimizing` and the cost are, ",
            "as in `minimizing CrossEntropy`" }
    };
    (@misframed $name:tt $all:tt ($($layers:tt)*) $($rest:tt)*) => {
        $crate::__say! { @unframed $name $all
            "no cost; write it behind the layers, as in `minimizing CrossEntropy`" }
    };
    (@misframed $name:tt $all:tt $first:tt $($rest:tt)*) => {
        $crate::__say! { @unframed $name $all
            "`", $crate::__core::stringify!($first), " \u{2026}` stands behind the name; ",
            "there stand the layers, in parentheses, `(3 => 2 Sigmoid)`" }
    };
    (@misframed $name:tt $all:tt) => {
        $crate::__say! { @unframed $name $all
            "no layers; they stand in parentheses, `(3 => 2 Sigmoid)`" }
    };
    (@unframed $name:tt [$($all:tt)*] $($part:expr),+) => {
        $crate::__say! { @frame $name [$($part),+] $($all)* }
    };

    // The frame: the layers are what stands in the first parentheses.
    (@frame $name:tt $message:tt $next:tt $($rest:tt)*) => {
        $crate::__say! { @layers $name $message $next $next $($rest)* }
    };
    (@frame [$name:tt] [$($part:expr),+]) => { $crate::__say! { [$name ()] "`: ", $($part),+ } };
    (@layers [$name:tt] [$($part:expr),+] ($($any:tt)*) $layers:tt $($rest:tt)*) => {
        $crate::__say! { [$name $layers] "`: ", $($part),+ }
    };
    (@layers $name:tt $message:tt $other:tt $same:tt $($rest:tt)*) => {
        $crate::__say! { @frame $name $message $($rest)* }
    };

    ([$name:tt $layers:tt] $($part:expr),+ $(,)?) => {
        $crate::__say! { @macro ($) $name
            $crate::__core::concat!("network `", $crate::__core::stringify!($name), $($part),+),
            $name! $layers;
        }
    };
    // What calls it stands here too: it would be ambiguous beside another network of that name.
    (@macro ($d:tt) $name:tt $message:expr, $($call:tt)*) => {
        macro_rules! $name {
            ($d($d layers:tt)*) => { $crate::__core::compile_error! { $message } };
        }
        $($call)*
    };
}
