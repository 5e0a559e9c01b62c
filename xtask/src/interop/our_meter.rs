//! Clients that we did not write read our meter.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Judgement, Run, Verdict, program::Program};

/// The clients: file, name, package.
const CLIENTS: &[(&str, &str, &str)] = &[
    ("gurux_client.py", "gurux-dlms client", "gurux-dlms"),
    ("dlms_cosem_client.py", "dlms-cosem client", "dlms-cosem"),
];

/// For all cases of a client; each has a watchdog of its own.
const ALL_CASES: Duration = Duration::from_secs(180);
const START: Duration = Duration::from_secs(30);

pub(super) fn read_by_peers(run: &mut Run<'_>, command: &Path) -> Result<()> {
    for (file, peer, package) in CLIENTS {
        // Each client gets a meter of its own: what one sets, the other does not see.
        let meter = Meter::start(command)?;
        let version = run.environment.version(package)?;
        let mut client = run.environment.program(file);
        client.args(["--port", &meter.port.to_string(), "--timeout", "20"]);
        if let Some(folder) = &run.record {
            client.arg("--record").arg(folder);
        }
        let finished = Program::start(&mut client)?.finish(ALL_CASES);
        let broken = |why: String| Verdict {
            peer: (*peer).into(),
            version: version.clone(),
            case: "whole run".into(),
            result: Judgement::Fail,
            why,
        };
        match finished {
            Err(error) => run.report(broken(format!("{error:#}")))?,
            Ok(finished) => {
                if run.verbose {
                    eprint!("{}", finished.complaints);
                }
                for line in &finished.lines {
                    run.report(verdict(line)?)?;
                }
                // 0: all passed, 1: a case failed and said so; all else is a fault of the run.
                if !matches!(finished.status, Some(0 | 1)) || finished.lines.is_empty() {
                    run.report(broken(finished.complaints))?;
                }
            }
        }
    }
    Ok(())
}

/// A line of a client.
fn verdict(line: &str) -> Result<Verdict> {
    let line: Value = serde_json::from_str(line)
        .with_context(|| format!("a client printed a line that is no JSON: {line}"))?;
    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let result = Judgement::ALL.into_iter().find(|result| line["result"] == result.word());
    Ok(Verdict {
        peer: text("peer"),
        version: text("version"),
        case: text("case"),
        result: result.with_context(|| format!("a client printed an unknown result: {line}"))?,
        why: text("why"),
    })
}

/// Our meter, served by `dlms simulate` on a free port. Dropping it ends it.
struct Meter {
    port: u16,
    _program: Program,
}

impl Meter {
    fn start(command: &Path) -> Result<Self> {
        let mut command = Command::new(command);
        let mut program = Program::start(command.args(["simulate", "--listen", "127.0.0.1:0"]))?;
        let line = program.line(START)?;
        let port = port(&line).with_context(|| format!("`dlms simulate` names no port: {line}"))?;
        Ok(Self { port, _program: program })
    }
}

/// The port in a line that ends with an address.
fn port(line: &str) -> Option<u16> {
    let (_, digits) = line.trim_end().rsplit_once(':')?;
    digits.parse().ok()
}
