//! libFuzzer on [`targets::z08_apdu`].

#![no_main]

libfuzzer::program!(targets::z08_apdu);
