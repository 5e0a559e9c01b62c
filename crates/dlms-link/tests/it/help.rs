//! What several tests need.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dlms_link::{Connection, Transport};

/// So far ahead that only a test that hangs reaches it.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

pub(crate) fn in_a_moment() -> Instant {
    Instant::now() + Duration::from_millis(80)
}

pub(crate) fn transport(text: &str) -> Transport {
    text.parse::<Connection>().expect("a connection string").transport
}

/// A folder of its own for one test, removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dlms-link-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
