//! Rooms stay rooms: each module uses only what lies below it.

use std::fs;
use std::path::{Path, PathBuf};

/// The ground floor `error` and `time` may be used by every room.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ber", &[]),
    ("link", &[]),
    ("security", &["ber"]),
    ("apdu", &["ber", "security"]),
    ("association", &["apdu", "ber", "link", "security"]),
    ("explain", &["apdu", "ber", "link", "security"]),
];
const GROUND: &[&str] = &["error", "time"];

#[test]
fn no_room_uses_one_above_or_beside_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for file in files(&source) {
        let name = file.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        let room = name.split(['/', '.']).next().unwrap();
        let Some((_, allowed)) = MAY_USE.iter().find(|(listed, _)| *listed == room) else {
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        for used in text.split("crate::").skip(1) {
            let used = used.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap();
            let known = MAY_USE.iter().any(|(listed, _)| *listed == used);
            if known && used != room && !allowed.contains(&used) && !GROUND.contains(&used) {
                faults.push(format!("src/{name}: `{room}` may not use `{used}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut found): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    found.extend(folders.iter().flat_map(|folder| files(folder)));
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found
}
