//! `dlms-bench cases` lists the cases and whether each is `ours` or a `variant`, `dlms-bench times` prints the
//! shortest time of each, `dlms-bench count CASE` runs one under callgrind. `cargo xtask bench` calls it.

use std::{
    env,
    process::ExitCode,
    time::{Duration, Instant},
};

use dlms_bench::{Case, Counted, Stopwatch, octets};

/// How long the rounds of `times` go on. In each round every case has its turn, so that a busy moment of the
/// machine falls on all of them.
const PATIENCE: Duration = Duration::from_secs(8);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cases"] => cases(),
        ["times"] => times(),
        ["count", name] => {
            let Some(case) = Case::named(name) else {
                eprintln!("there is no case `{name}`; `cases` lists them");
                return ExitCode::from(2);
            };
            case.measure(&octets(), &mut Counted);
        }
        _ => {
            eprintln!("usage: dlms-bench cases | times | count CASE");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn cases() {
    for case in Case::ALL {
        let whose = if case.is_ours() { "ours" } else { "variant" };
        println!("{}\t{whose}", case.name);
    }
}

/// Prints one line for each case: its name, a tab, the nanoseconds of its shortest run.
fn times() {
    let octets = octets();
    let _guard = settled_heap();
    let mut watches = vec![Stopwatch::default(); Case::ALL.len()];
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        for (case, watch) in Case::ALL.iter().zip(&mut watches) {
            case.measure(&octets, watch);
        }
    }
    for (case, watch) in Case::ALL.iter().zip(&watches) {
        println!("{}\t{}", case.name, watch.best().as_nanos());
    }
}

/// Leaves free memory behind that the allocator cannot give back to the system, because the block that is
/// returned lies above it: otherwise a case pays for the pages that the case before it happened to give back.
fn settled_heap() -> Box<[u8]> {
    const BLOCK: usize = 64 * 1024;
    let blocks: Vec<Vec<u8>> = (0..64).map(|_| vec![1; BLOCK]).collect();
    let guard = vec![1; BLOCK].into_boxed_slice();
    drop(blocks);
    guard
}
