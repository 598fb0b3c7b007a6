#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| whichway_fuzz::bounded(whichway_fuzz::checks::recognizer, input));
