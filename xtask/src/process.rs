//! Other programs, run to their end with their output kept, and the folder in which they run.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// What a program said before it ended.
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Both streams, as far as they hold anything.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs a program without input and waits for its end; fails only when it cannot be started.
pub(crate) fn run(command: &mut Command) -> Result<Finished> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}`", command.get_program().to_string_lossy()))?;
    Ok(Finished {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The cargo that started us, in the root folder of the project, so that paths in its output stay short.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root()).env("CARGO_TERM_COLOR", "never").args(arguments);
    command
}

/// A git command over the project; it also works in a clone that belongs to another user.
pub(crate) fn git(arguments: &[&str]) -> Result<Finished> {
    run(Command::new("git").current_dir(root()).args(["-c", "safe.directory=*"]).args(arguments))
}

/// Whether a program is there and answers `--version`.
pub(crate) fn answers(program: &str) -> bool {
    run(Command::new(program).arg("--version")).is_ok_and(|finished| finished.success)
}

/// The files of the project: what git tracks, and what it would track at the next commit.
pub(crate) fn files() -> Result<Vec<String>> {
    let listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let finished = git(&listing)?;
    if !finished.success {
        bail!("git cannot list the files of the project: {}", finished.stderr.trim_end());
    }
    let listed = finished.stdout.split('\0').filter(|path| !path.is_empty());
    Ok(listed.filter(|path| root().join(path).is_file()).map(str::to_owned).collect())
}

/// The root folder of the project.
///
/// Cargo names the folder at run time; the one of the build serves when the binary is started by hand.
pub(crate) fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
