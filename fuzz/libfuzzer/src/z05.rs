//! libFuzzer on [`targets::z05_generated_data`].

#![no_main]

libfuzzer::program!(targets::z05_generated_data);
