//! `cargo xtask`: all checks of the project, runnable at home.
//!
//! A command is a module with its `Arguments` and a `run` that returns the exit status; `check` calls the
//! same functions, so what is proved in CI is what a person can start by hand.

mod bench;
mod check;
mod fuzz;
mod interop;
mod json_lines;
mod metadata;
mod process;
mod proof;
mod replay;
mod telegrams;
mod where_is;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The benchmarks against their goals
    Bench(bench::Arguments),
    /// Everything that must be true before a change is accepted
    Check(check::Arguments),
    /// Feed one decoder with mutated octets for a while
    Fuzz(fuzz::FuzzArguments),
    /// Let independent software talk to both of our ends
    Interop(interop::Arguments),
    /// Hold recorded conversations again
    Replay(replay::Arguments),
    /// Collect proof over hours and record it in docs/proof.csv
    Soak(fuzz::SoakArguments),
    /// Decode what real meters and published examples put on the wire
    Telegrams(telegrams::Arguments),
    /// Where the layout of an APDU, a type or a field stands, and where it comes from
    Where(where_is::Arguments),
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Interop(arguments) => interop::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Soak(arguments) => fuzz::soak(&arguments),
        Command::Telegrams(arguments) => telegrams::run(&arguments),
        Command::Where(arguments) => where_is::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}
