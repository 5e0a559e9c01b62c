//! libFuzzer on [`targets::z02_hdlc_frame`].

#![no_main]

libfuzzer::program!(targets::z02_hdlc_frame);
