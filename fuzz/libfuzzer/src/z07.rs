//! libFuzzer on [`targets::z07_association`].

#![no_main]

libfuzzer::program!(targets::z07_association);
