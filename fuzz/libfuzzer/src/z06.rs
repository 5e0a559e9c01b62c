//! libFuzzer on [`targets::z06_compact_array`].

#![no_main]

libfuzzer::program!(targets::z06_compact_array);
