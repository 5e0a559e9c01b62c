//! Clients that we did not write read our meter.

use std::{sync::mpsc, thread, time::Duration};

use anyhow::{Context as _, Result};
use dlms_meter::{ServeOptions, TimeSource, serve_with, simulation};
use serde_json::Value;
use tokio::sync::oneshot;

use super::{Judgement, Run, Verdict, program::Program};

/// The clients: file, name, package.
const CLIENTS: &[(&str, &str, &str)] = &[
    ("gurux_client.py", "gurux-dlms client", "gurux-dlms"),
    ("dlms_cosem_client.py", "dlms-cosem client", "dlms-cosem"),
];

/// For all cases of a client; each has a watchdog of its own.
const ALL_CASES: Duration = Duration::from_secs(180);
const START: Duration = Duration::from_secs(30);

pub(super) fn read_by_peers(run: &mut Run<'_>) -> Result<()> {
    for (file, peer, package) in CLIENTS {
        // Each client gets a meter of its own: what one sets, the other does not see.
        let meter = Meter::start()?;
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

/// Our meter, served in this process on a free port.
pub(super) struct Meter {
    pub(super) port: u16,
    /// Dropping it stops the meter.
    _stop: oneshot::Sender<()>,
}

/// 2026-03-04 10:07:30 in central Europe: conversations that are recorded look the same in every run.
const NOW: u64 = 1_772_615_250;

impl Meter {
    pub(super) fn start() -> Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let served = runtime.context("no runtime can be started").and_then(|runtime| {
                runtime.block_on(async {
                    let meter = simulation::residential(42)?;
                    let time = TimeSource::from_unix(NOW);
                    let options = ServeOptions { time, ..ServeOptions::default() };
                    let serving = serve_with("127.0.0.1:0", meter, options).await?;
                    // Whoever started the meter has gone: there is nothing to serve for.
                    let _ = ready.send(Ok(serving.address().port()));
                    let _ = stopped.await;
                    serving.stop().await;
                    Ok(())
                })
            });
            if let Err(error) = served {
                let _ = ready.send(Err(error));
            }
        });
        let port = started.recv_timeout(START).context("the meter does not start")??;
        Ok(Self { port, _stop: stop })
    }
}
