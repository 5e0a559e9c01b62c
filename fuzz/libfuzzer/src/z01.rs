//! libFuzzer on [`targets::z01_hdlc_stream`].

#![no_main]

libfuzzer::program!(targets::z01_hdlc_stream);
