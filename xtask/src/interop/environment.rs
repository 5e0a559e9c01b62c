//! The virtual environment of the peers, `target/venv`, made from `interop/requirements.txt`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::program::Program;
use crate::process::root;

/// Where the peers are installed.
pub(super) struct Environment {
    folder: PathBuf,
}

/// The list that the environment was made from is kept in it: another list makes it stale.
const MADE_FROM: &str = "made-from.txt";
const REQUIREMENTS: &str = "interop/requirements.txt";
/// Long enough for a slow line; nothing of a run may hang.
const INSTALLATION: Duration = Duration::from_secs(300);

impl Environment {
    /// The environment, made anew where it is missing or stale.
    pub(super) fn prepare() -> Result<Self> {
        let environment = Self { folder: root().join("target/venv") };
        let list = fs::read_to_string(root().join(REQUIREMENTS))
            .with_context(|| format!("cannot read {REQUIREMENTS}"))?;
        let made_from = fs::read_to_string(environment.folder.join(MADE_FROM));
        if made_from.is_ok_and(|made_from| made_from == list) && environment.python().is_file() {
            return Ok(environment);
        }
        environment.make()?;
        fs::write(environment.folder.join(MADE_FROM), list)
            .context("cannot write into the virtual environment")?;
        Ok(environment)
    }

    fn make(&self) -> Result<()> {
        let folder = self.folder.to_string_lossy();
        let python = if cfg!(windows) { "python" } else { "python3" };
        finish(python, &["-m", "venv", "--clear", &folder])?;
        let requirements = root().join(REQUIREMENTS);
        let requirements = requirements.to_string_lossy();
        let python = self.python();
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let arguments = [&quiet[..], &["--requirement", &requirements]].concat();
        finish(&python.to_string_lossy(), &arguments)
    }

    fn python(&self) -> PathBuf {
        let place = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
        self.folder.join(place)
    }

    /// A program of the folder `interop`, to be run with the peers at hand.
    pub(super) fn program(&self, file: &str) -> Command {
        let mut command = Command::new(self.python());
        // What Python compiles stays out of the project's folder.
        command.arg("-B").arg(root().join("interop").join(file));
        command
    }

    /// The version of a package that is installed.
    pub(super) fn version(&self, package: &str) -> Result<String> {
        let ask = format!("import importlib.metadata as m; print(m.version({package:?}))");
        let mut command = Command::new(self.python());
        let finished = Program::start(command.arg("-c").arg(ask))?.finish(ASKING)?;
        let version = finished.lines.into_iter().next();
        version.with_context(|| format!("{package} is not installed: {}", finished.complaints))
    }
}

const ASKING: Duration = Duration::from_secs(30);

fn finish(program: &str, arguments: &[&str]) -> Result<()> {
    let finished = Program::start(Command::new(program).args(arguments))?.finish(INSTALLATION)?;
    if finished.status != Some(0) {
        let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
        bail!("`{name} {}` failed: {}", arguments.join(" "), finished.complaints.trim_end());
    }
    Ok(())
}
