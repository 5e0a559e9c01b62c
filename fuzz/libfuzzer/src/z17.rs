//! libFuzzer on [`targets::z17_date_time`].

#![no_main]

libfuzzer::program!(targets::z17_date_time);
