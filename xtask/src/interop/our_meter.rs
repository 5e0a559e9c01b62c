//! Clients that we did not write read our meter.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Judgement, Run, Verdict, program::Program};

/// A client on a link: file, name, package, and what chooses the link.
struct Reader {
    file: &'static str,
    peer: &'static str,
    package: &'static str,
    link: &'static [&'static str],
}

impl Reader {
    const fn gurux(link: &'static [&'static str]) -> Self {
        let peer = "gurux-dlms client";
        Self { file: "gurux_client.py", peer, package: "gurux-dlms", link }
    }

    const fn dlms_cosem(link: &'static [&'static str]) -> Self {
        let peer = "dlms-cosem client";
        Self { file: "dlms_cosem_client.py", peer, package: "dlms-cosem", link }
    }

    fn is_hdlc(&self) -> bool {
        self.link.contains(&HDLC)
    }
}

/// Over HDLC the server address has one, two or four octets; the cases say which in their names.
const READERS: &[Reader] = &[
    Reader::gurux(&[]),
    Reader::gurux(&[HDLC]),
    Reader::gurux(&[HDLC, "--address-size", "2"]),
    Reader::gurux(&[HDLC, "--address-size", "4"]),
    Reader::dlms_cosem(&[]),
    Reader::dlms_cosem(&[HDLC]),
    Reader::dlms_cosem(&[HDLC, "--address-size", "2"]),
    Reader::dlms_cosem(&[HDLC, "--address-size", "4"]),
];

/// The same word for our meter and for the clients.
const HDLC: &str = "--hdlc";

/// For all cases of a client; each has a watchdog of its own.
const ALL_CASES: Duration = Duration::from_secs(180);
const START: Duration = Duration::from_secs(30);

pub(super) fn read_by_peers(run: &mut Run<'_>, command: &Path) -> Result<()> {
    for reader in READERS {
        // Each client gets a meter of its own: what one sets, the other does not see.
        let meter = Meter::start(command, reader.is_hdlc())?;
        let version = run.environment.version(reader.package)?;
        let mut client = run.environment.program(reader.file);
        client.args(["--port", &meter.port.to_string(), "--timeout", "20"]).args(reader.link);
        if let Some(folder) = &run.record {
            client.arg("--record").arg(folder);
        }
        let finished = Program::start(&mut client)?.finish(ALL_CASES);
        let broken = |why: String| Verdict {
            peer: reader.peer.into(),
            version: version.clone(),
            case: ["whole run", &reader.link.join(" ")].join(" ").trim_end().into(),
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
    fn start(command: &Path, hdlc: bool) -> Result<Self> {
        let mut command = Command::new(command);
        command.args(["simulate", "--listen", "127.0.0.1:0"]).args(hdlc.then_some(HDLC));
        let mut program = Program::start(&mut command)?;
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
