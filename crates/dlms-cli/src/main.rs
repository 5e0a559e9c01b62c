//! The `dlms` command: reads, browses, decodes and simulates DLMS/COSEM meters.
//!
//! | verb | file | verb | file |
//! |------|------|------|------|
//! | `demo` | [`demo`] | `clock` | [`clock`] |
//! | `read` | [`read`] | `set` | [`set`] |
//! | `objects` | [`objects`] | `call` | [`call`] |
//! | `profile` | [`profile`] | `simulate` | [`simulate`] |
//! | `decode` | [`decode`] | `completions` | [`completions`] |
//!
//! What they share: [`session`] (connecting, releasing, Ctrl-C), [`output`] and [`exit`] (what is
//! printed where, how it ends), [`record`], [`show`] and [`names`] (values and what they are),
//! [`times`] and [`zone`], [`literal`] and [`target`] (what is typed), [`secrets`] and [`ask`].

mod ask;
mod call;
mod chart;
mod clock;
mod completions;
mod decode;
mod demo;
mod exit;
mod explained;
mod interrupt;
mod literal;
mod names;
mod objects;
mod output;
mod profile;
mod read;
mod record;
mod secrets;
mod sending;
mod sensitive;
mod session;
mod set;
mod show;
mod simulate;
mod table;
mod target;
mod text;
mod times;
mod watch;
mod zone;

use std::process::ExitCode;

use clap::error::ContextValue;
use clap::{Parser, Subcommand};

use exit::{Exit, Outcome};
use interrupt::Interrupt;

/// Read, browse, decode and simulate DLMS/COSEM meters
#[derive(Clone, Debug, Parser)]
#[command(name = "dlms", version, help_template = HELP, after_help = exit::STATUS)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const HELP: &str = exit::help!(
    "\
Examples, the second and third against `dlms simulate`:
  dlms demo
  dlms objects tcp://127.0.0.1:4059
  DLMS_PASSWORD=12345678 dlms read 'tcp://127.0.0.1:4059?client=2&auth=low' 1-0:1.8.0"
);

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    Demo(demo::DemoArgs),
    Read(read::ReadArgs),
    Objects(objects::ObjectsArgs),
    Profile(profile::ProfileArgs),
    Clock(clock::ClockArgs),
    Set(set::SetArgs),
    Call(call::CallArgs),
    Simulate(simulate::SimulateArgs),
    Decode(decode::DecodeArgs),
    Completions(completions::CompletionsArgs),
}

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| short(error).exit());
    match run(cli.verb) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            failure.report();
            failure.exit.into()
        }
    }
}

/// An error about arguments repeats them, however long they are.
fn short(mut error: clap::Error) -> clap::Error {
    let context: Vec<_> = error.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in context {
        if let ContextValue::String(argument) = value {
            error.insert(kind, ContextValue::String(text::cut(&argument, text::MOST_QUOTED)));
        }
    }
    error
}

fn run(verb: Verb) -> Outcome {
    match verb {
        Verb::Demo(args) => talk(async |interrupt| demo::run(&args, interrupt).await),
        Verb::Read(args) => talk(async |interrupt| read::run(&args, interrupt).await),
        Verb::Objects(args) => talk(async |interrupt| objects::run(&args, interrupt).await),
        Verb::Profile(args) => talk(async |interrupt| profile::run(&args, interrupt).await),
        Verb::Clock(args) => talk(async |interrupt| clock::run(&args, interrupt).await),
        Verb::Set(args) => talk(async |interrupt| set::run(&args, interrupt).await),
        Verb::Call(args) => talk(async |interrupt| call::run(&args, interrupt).await),
        Verb::Simulate(args) => talk(async |interrupt| simulate::run(&args, interrupt).await),
        Verb::Decode(args) => decode::run(&args),
        Verb::Completions(args) => completions::run(args),
    }
}

/// Runs what talks to somebody.
fn talk(work: impl AsyncFnOnce(&Interrupt) -> Outcome) -> Outcome {
    // One thread besides this one, so that a second Ctrl-C is heard whatever this one does.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("the system gives a thread");
    let outcome = runtime.block_on(async { work(&Interrupt::install()).await });
    // A question that nobody answered must not hold the process up.
    runtime.shutdown_background();
    outcome
}
