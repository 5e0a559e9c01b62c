//! What may depend on what, under which licence, and how often: all from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{Outcome, Settings, building::manifests};
use crate::metadata::{self, Package};

/// Which of our crates each of our crates may build on: nothing points up, nothing sideways.
const MAY_USE: &[(&str, &[&str])] = &[
    ("cosem", &[]),
    ("dlms", &["cosem"]),
    ("dlms-link", &["cosem", "dlms"]),
    ("dlms-client", &["cosem", "dlms", "dlms-link"]),
    ("dlms-meter", &["cosem", "dlms", "dlms-link"]),
    ("dlms-cli", &["cosem", "dlms", "dlms-link", "dlms-client", "dlms-meter"]),
    ("counting-allocator", &[]),
    (
        "dlms-bench",
        &["cosem", "dlms", "dlms-link", "dlms-client", "dlms-meter", "counting-allocator"],
    ),
    ("xtask", &["cosem", "dlms", "dlms-link", "dlms-client", "dlms-meter", "dlms-cli"]),
];

/// Tests of a client need a meter.
const TESTS_MAY_USE: &[(&str, &[&str])] = &[("dlms-client", &["dlms-meter"])];

/// What any crate may use in its tests.
const TOOLS: &[&str] = &["counting-allocator"];

/// The two crates that run anywhere take no others but these; what is `optional` there must be so.
const FOREIGN: &[(&str, &[&str])] = &[
    ("cosem", &["serde"]),
    (
        "dlms",
        &[
            "aes-gcm",
            "aes-kw",
            "crc",
            "md-5",
            "p256",
            "p384",
            "serde",
            "sha1",
            "sha2",
            "subtle",
            "x509-cert",
            "zeroize",
        ],
    ),
];

pub(super) fn directions(_: Settings) -> Result<Outcome> {
    let packages = metadata::packages("Cargo.toml")?;
    let ours: Vec<&Package> = packages.iter().filter(|package| package.ours).collect();
    let names: BTreeSet<&str> = ours.iter().map(|package| package.name.as_str()).collect();
    let problems: Vec<String> =
        ours.iter().flat_map(|package| wrong_arrows(package, &names)).collect();
    Ok(Outcome::judged(&problems, format!("{} crates, no arrow up or sideways", ours.len())))
}

fn wrong_arrows(package: &Package, ours: &BTreeSet<&str>) -> Vec<String> {
    let name = package.name.as_str();
    let Some(below) = row(MAY_USE, name) else {
        return vec![format!("`{name}` is not in the table of xtask/src/check/packages.rs")];
    };
    let tests = row(TESTS_MAY_USE, name).unwrap_or_default();
    let for_tests = |other| tests.contains(&other) || TOOLS.contains(&other) || other == name;
    let mut problems = Vec::new();
    for dependency in &package.dependencies {
        let other = dependency.name.as_str();
        if ours.contains(other) {
            let allowed = below.contains(&other) || (dependency.for_tests_only && for_tests(other));
            if !allowed {
                problems.push(format!("`{name}` may not use `{other}`"));
            }
        } else if let Some(foreign) = row(FOREIGN, name).filter(|_| !dependency.for_tests_only) {
            if !foreign.contains(&other) {
                problems.push(format!("`{name}` may not use `{other}` (third party)"));
            } else if other == "serde" && !dependency.optional {
                problems.push(format!("`{name}` may use `serde` as an optional feature only"));
            }
        }
    }
    problems
}

fn row<'a>(table: &'a [(&str, &[&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(row, _)| *row == name).map(|(_, list)| *list)
}

/// Licences that ask no more than to be named; `NCSA` is libFuzzer's and is linked into fuzz targets only.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

pub(super) fn licences(_: Settings) -> Result<Outcome> {
    let mut problems = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for manifest in manifests() {
        for package in metadata::packages(manifest)? {
            let license = package.license.as_deref().unwrap_or_default();
            if !allowed(license) {
                problems.insert(format!(
                    "{} {}: licence `{license}` is not on the list of xtask/src/check/packages.rs",
                    package.name, package.version
                ));
            }
            seen.insert((package.name, package.version));
        }
    }
    let problems: Vec<String> = problems.into_iter().collect();
    Ok(Outcome::judged(&problems, format!("{} packages", seen.len())))
}

/// Whether the choice that an SPDX expression gives includes licences of the list only.
fn allowed(expression: &str) -> bool {
    // Old manifests write MIT/Apache-2.0 for MIT OR Apache-2.0.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest) && rest.is_empty()
}

fn either(words: &mut &[&str]) -> bool {
    let mut verdict = all(words);
    while let [first, rest @ ..] = *words
        && *first == "OR"
    {
        *words = rest;
        verdict |= all(words);
    }
    verdict
}

fn all(words: &mut &[&str]) -> bool {
    let mut verdict = one(words);
    while let [first, rest @ ..] = *words
        && *first == "AND"
    {
        *words = rest;
        verdict &= one(words);
    }
    verdict
}

fn one(words: &mut &[&str]) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let verdict = either(words);
            let closed = words.first() == Some(&")");
            *words = words.get(1..).unwrap_or_default();
            verdict && closed
        }
        [license, "WITH", exception, rest @ ..] => {
            *words = rest;
            ALLOWED.contains(&format!("{license} WITH {exception}").as_str())
        }
        [license, rest @ ..] => {
            *words = rest;
            ALLOWED.contains(license)
        }
        [] => false,
    }
}

/// Counts what the tree holds in several incompatible versions; a remark, because others decide it.
pub(super) fn duplicates(_: Settings) -> Result<Outcome> {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in metadata::packages("Cargo.toml")? {
        versions.entry(package.name).or_default().insert(major(&package.version));
    }
    let remarks: Vec<String> = versions
        .into_iter()
        .filter(|(_, majors)| majors.len() > 1)
        .map(|(name, majors)| {
            format!("{name}: {}", majors.into_iter().collect::<Vec<_>>().join(", "))
        })
        .collect();
    Ok(Outcome::passed(format!("{} (they warn, they do not fail)", remarks.len()))
        .with_remarks(remarks))
}

/// The part of a version that another must share to stand in for it.
fn major(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("0"), Some("0"), Some(patch)) => format!("0.0.{patch}"),
        (Some("0"), Some(minor), _) => format!("0.{minor}"),
        (Some(major), ..) => major.to_owned(),
        (None, ..) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    #[test]
    fn a_licence_passes_when_its_choice_includes_an_allowed_one() {
        for expression in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
        ] {
            assert!(allowed(expression), "{expression}");
        }
        for expression in [
            "",
            "GPL-2.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT OR Apache-2.0) AND Proprietary",
            "(MIT",
            "Apache-2.0 WITH Classpath-exception-2.0",
        ] {
            assert!(!allowed(expression), "{expression}");
        }
    }

    #[test]
    fn versions_share_a_major_where_cargo_would_take_one_for_the_other() {
        assert_eq!(major("1.54.1"), "1");
        assert_eq!(major("0.23.46"), "0.23");
        assert_eq!(major("0.0.3"), "0.0.3");
    }

    #[test]
    fn an_arrow_that_points_up_is_found() {
        let dependency = |name: &str, for_tests_only| Dependency {
            name: name.to_owned(),
            for_tests_only,
            optional: false,
        };
        let package = |name: &str, dependencies| Package {
            name: name.to_owned(),
            version: String::new(),
            license: None,
            ours: true,
            features: Vec::new(),
            dependencies,
            binaries: Vec::new(),
        };
        let ours = BTreeSet::from(["cosem", "dlms", "dlms-client", "dlms-meter"]);
        let up = package("cosem", vec![dependency("dlms", false), dependency("serde", false)]);
        assert_eq!(
            wrong_arrows(&up, &ours),
            ["`cosem` may not use `dlms`", "`cosem` may use `serde` as an optional feature only"]
        );
        let sideways = package("dlms-client", vec![dependency("dlms-meter", false)]);
        assert_eq!(wrong_arrows(&sideways, &ours), ["`dlms-client` may not use `dlms-meter`"]);
        let for_tests = package("dlms-client", vec![dependency("dlms-meter", true)]);
        assert!(wrong_arrows(&for_tests, &ours).is_empty());
        let foreign = package("dlms", vec![dependency("tokio", false)]);
        assert_eq!(wrong_arrows(&foreign, &ours), ["`dlms` may not use `tokio` (third party)"]);
    }
}
