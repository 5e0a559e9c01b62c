//! libFuzzer on [`targets::z03_wrapper_stream`].

#![no_main]

libfuzzer::program!(targets::z03_wrapper_stream);
