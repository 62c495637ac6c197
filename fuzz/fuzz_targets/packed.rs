#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| constprop_fuzz::packed(bytes));
