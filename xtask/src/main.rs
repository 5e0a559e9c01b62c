//! `cargo xtask`: all checks of the project, runnable at home.
//!
//! A command is a module with its `Arguments` and a `run` that returns the exit status; `check` calls the
//! same functions, so what is proved in CI is what a person can start by hand.

mod check;
mod fuzz;
mod metadata;
mod process;
mod proof;
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
    /// Everything that must be true before a change is accepted
    Check(check::Arguments),
    /// Feed one decoder with mutated octets for a while
    Fuzz(fuzz::FuzzArguments),
    /// Collect proof over hours and record it in docs/proof.csv
    Soak(fuzz::SoakArguments),
    /// Where the layout of an APDU, a type or a field stands, and where it comes from
    Where(where_is::Arguments),
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Soak(arguments) => fuzz::soak(&arguments),
        Command::Where(arguments) => where_is::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}
