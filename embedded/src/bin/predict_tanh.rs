//! `predict` of one example, 13-64-64-4 Tanh.

#![cfg_attr(target_os = "none", no_std, no_main)]

constprop_embedded::one_example!(predict, Tanh);
