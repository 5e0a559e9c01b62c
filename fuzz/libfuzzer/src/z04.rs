//! libFuzzer on [`targets::z04_data`].

#![no_main]

libfuzzer::program!(targets::z04_data);
