//! `cargo metadata`, as far as the checks need it.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;

/// One package of the tree.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The SPDX expression, where the package has one.
    pub(crate) license: Option<String>,
    /// Whether the package is ours: a member of the workspace that was asked.
    pub(crate) ours: bool,
    pub(crate) features: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
    /// Names of its executables.
    pub(crate) binaries: Vec<String>,
}

/// One line of a package's dependencies.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) for_tests_only: bool,
    pub(crate) optional: bool,
}

/// Every package in the tree of a workspace; `manifest` is relative to the root folder.
pub(crate) fn packages(manifest: &str) -> Result<Vec<Package>> {
    let arguments = ["metadata", "--format-version", "1", "--all-features", "--manifest-path"];
    let finished = process::run(process::cargo(&arguments).arg(manifest))?;
    if !finished.success {
        bail!("cargo metadata for {manifest} failed:\n{}", finished.stderr.trim_end());
    }
    let tree: Value = serde_json::from_str(&finished.stdout)
        .with_context(|| format!("cargo metadata for {manifest} is no JSON"))?;
    let members = list(&tree["workspace_members"]);
    Ok(list(&tree["packages"]).iter().map(|value| package(value, members)).collect())
}

fn package(value: &Value, members: &[Value]) -> Package {
    let features = value["features"].as_object();
    Package {
        name: text(&value["name"]),
        version: text(&value["version"]),
        license: value["license"].as_str().map(str::to_owned),
        ours: members.contains(&value["id"]),
        features: features.into_iter().flat_map(|named| named.keys().cloned()).collect(),
        dependencies: list(&value["dependencies"])
            .iter()
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                for_tests_only: dependency["kind"] == "dev",
                optional: dependency["optional"] == true,
            })
            .collect(),
        binaries: list(&value["targets"])
            .iter()
            .filter(|target| list(&target["kind"]).iter().any(|kind| kind == "bin"))
            .map(|target| text(&target["name"]))
            .collect(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
