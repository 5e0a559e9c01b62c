//! The files of a corpus: those of a folder called *.jsonl, each line of which is one JSON object.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The files in order of their names; none where the folder holds none.
pub(crate) fn json_lines(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut files = Vec::new();
    for file in listing {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
