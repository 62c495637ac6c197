//! `serialize_network!`: what a network's own type needs to be written and read.

/// `Serialize` and `Deserialize` for a network that is [written by hand](crate::network!): its name,
/// and its const parameters if it has some. [`network!`](crate::network!) has called it.
///
/// ```text
/// constprop::serialize_network! { Article }
/// constprop::serialize_network! { Policy<OBS, ACT> }
/// ```
///
/// The scalar is its last parameter. Without the feature `serde` this is nothing, so it needs no `cfg`. See
/// [`serial`](crate::serial).
#[cfg(feature = "serde")]
#[macro_export]
macro_rules! serialize_network {
    ($name:ident $(<$($size:ident),* $(,)?>)?) => {
        impl<
            $($(const $size: $crate::__core::primitive::usize,)*)?
            T: $crate::serial::Number,
        > $crate::__serde::Serialize for $name<$($({ $size },)*)? T> {
            fn serialize<__S: $crate::__serde::Serializer>(
                &self,
                __serializer: __S,
            ) -> $crate::__core::result::Result<__S::Ok, __S::Error> {
                $crate::serial::Rows::write(self, __serializer)
            }
        }

        impl<
            '__de,
            $($(const $size: $crate::__core::primitive::usize,)*)?
            T: $crate::serial::Number,
        > $crate::__serde::Deserialize<'__de> for $name<$($({ $size },)*)? T> {
            fn deserialize<__D: $crate::__serde::Deserializer<'__de>>(
                __deserializer: __D,
            ) -> $crate::__core::result::Result<Self, __D::Error> {
                $crate::serial::__small(__deserializer)
            }
        }
    };
}

#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! serialize_network {
    ($($network:tt)*) => {};
}
