//! The layering test: modules of `dlms` stay rooms without becoming crates.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};

use super::{Outcome, Settings};
use crate::process::{files, root};

/// Which rooms each room of `dlms` may use; the ground floor is open to all of them and uses none.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ber", &[]),
    ("link", &[]),
    ("security", &["ber"]),
    ("apdu", &["ber", "security"]),
    ("association", &["apdu", "ber", "link", "security"]),
    ("explain", &["apdu", "ber", "link", "security"]),
];
const GROUND_FLOOR: &[&str] = &["error", "time"];
const SOURCES: &str = "crates/dlms/src/";

pub(super) fn layers(_: Settings) -> Result<Outcome> {
    let read = |path: &str| {
        fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))
    };
    let exported = exports(&read("crates/dlms/src/lib.rs")?);
    let mut problems = Vec::new();
    let mut count = 0;
    for path in files()?.iter().filter(|path| path.ends_with(".rs")) {
        let Some(inner) = path.strip_prefix(SOURCES).filter(|inner| *inner != "lib.rs") else {
            continue;
        };
        count += 1;
        let wrong = wrong_uses(inner, &read(path)?, &exported);
        problems.extend(wrong.into_iter().map(|wrong| format!("src/{inner}: {wrong}")));
    }
    Ok(Outcome::judged(&problems, format!("{count} files of dlms use only rooms below them")))
}

/// What a file of a room uses that is not below it.
fn wrong_uses(path: &str, source: &str, exported: &BTreeMap<String, String>) -> Vec<String> {
    let room = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
    let below = MAY_USE.iter().find(|(name, _)| *name == room).map(|(_, below)| *below);
    if below.is_none() && !GROUND_FLOOR.contains(&room) {
        return vec![format!("`{room}` is not in the table of xtask/src/check/rooms.rs")];
    }
    let mut wrong = Vec::new();
    for used in used("crate::", source) {
        let other = exported.get(&used).unwrap_or(&used);
        let allowed = other == room
            || below.is_some_and(|below| {
                GROUND_FLOOR.contains(&other.as_str()) || below.contains(&other.as_str())
            });
        let line = format!("`{room}` may not use `{other}`");
        if !allowed && !wrong.contains(&line) {
            wrong.push(line);
        }
    }
    wrong
}

/// The names that follow a path prefix, those of a group in braces included; comments do not count.
fn used(prefix: &str, source: &str) -> Vec<String> {
    let code: Vec<&str> =
        source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        names.extend(first_names(&code[at + prefix.len()..]));
    }
    names
}

/// The first segment of a path, or of each path of a group in braces.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![path.chars().take_while(is_name).collect()];
    };
    let (mut depth, mut names, mut awaited) = (0, Vec::new(), true);
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => awaited = true,
            _ if awaited && depth == 0 && is_name(&sign) => {
                names.push(group[at..].chars().take_while(is_name).collect());
                awaited = false;
            }
            _ => {}
        }
    }
    names
}

fn is_name(sign: &char) -> bool {
    sign.is_alphanumeric() || *sign == '_'
}

/// Names that `lib.rs` lends out from a room, and that room: `crate::Error` is a use of `error`.
fn exports(lib: &str) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for statement in lib.split(';') {
        let Some(path) = statement.split("pub use ").nth(1) else {
            continue;
        };
        let Some((room, names)) = path.split_once("::") else {
            continue;
        };
        for name in first_names(names) {
            exports.insert(name, room.to_owned());
        }
    }
    exports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_looks_up_is_named_with_the_room_it_may_not_use() {
        let exported = exports("pub use error::{Error, Result};\npub use association::Client;\n");
        let source = "use crate::{\n    error::Error,\n    apdu::{get, set},\n};\n\
                      fn f(c: crate::Client) -> crate::Result<()> {} // crate::explain\n";
        assert_eq!(
            wrong_uses("link/hdlc.rs", source, &exported),
            ["`link` may not use `apdu`", "`link` may not use `association`"]
        );
        assert!(wrong_uses("association/client.rs", source, &exported).is_empty());
        assert_eq!(
            wrong_uses("time.rs", "use crate::error::Error;", &exported),
            ["`time` may not use `error`"]
        );
        assert_eq!(wrong_uses("cellar.rs", "", &exported).len(), 1);
    }
}
