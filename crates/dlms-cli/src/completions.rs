//! `dlms completions`: completion for a shell.

use std::io;

use clap::CommandFactory;

use crate::Cli;
use crate::exit::Outcome;

/// Print the completion of a shell
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(help_template = HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

const HELP: &str = crate::exit::help!(
    "\
Examples:
  dlms completions bash > dlms.bash
  dlms completions zsh > _dlms
  dlms completions fish > dlms.fish"
);

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Runs it.
pub(crate) fn run(args: CompletionsArgs) -> Outcome {
    let shell = match args.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dlms", &mut script);
    Ok(io::Write::write_all(&mut io::stdout().lock(), &script)?)
}
