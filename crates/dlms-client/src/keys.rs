//! The key file: secrets by name, in TOML, for its owner's eyes alone.
//!
//! ```toml
//! [house]
//! password = { text = "the password" }
//!
//! [gas]
//! password = "00a1b2c3d4e5f607"                       # hexadecimal
//! encryption = "000102030405060708090a0b0c0d0e0f"
//! ```
//!
//! One table for each meter or group of meters, with `password`, `secret`, `encryption` and
//! `authentication`, each hexadecimal or `{ text = … }`. `keys=NAME` of a connection string picks the
//! table. No message repeats what a file holds: not a value, not a line.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use cosem::bytes::from_hex;
use dlms::security::Secret;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::connect::Credentials;

/// The tables of a key file.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
    tables: BTreeMap<String, Keys>,
}

/// The secrets for one meter or group of meters.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// The password of `auth=low`.
    pub password: Option<Secret>,
    /// The secret of the HLS mechanisms that have one.
    pub secret: Option<Secret>,
    /// The encryption key.
    pub encryption: Option<Secret>,
    /// The authentication key.
    pub authentication: Option<Secret>,
}

impl Keys {
    /// What an association needs of it.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        Credentials { password: self.password.clone() }
    }

    fn place(&mut self, entry: &str) -> Option<&mut Option<Secret>> {
        Some(match entry {
            "password" => &mut self.password,
            "secret" => &mut self.secret,
            "encryption" => &mut self.encryption,
            "authentication" => &mut self.authentication,
            _ => return None,
        })
    }
}

impl KeyFile {
    /// Reads a key file.
    ///
    /// # Errors
    /// It cannot be read, others than its owner may read or write it, or it is no key file.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |problem| KeyFileError { path: path.to_owned(), problem };
        let mut file = File::open(path).map_err(|error| failed(Problem::Unreadable(error)))?;
        let is_folder = file.metadata().is_ok_and(|metadata| metadata.is_dir());
        if is_folder {
            return Err(failed(Problem::Unreadable(io::ErrorKind::IsADirectory.into())));
        }
        // Asked of the open file, so that it cannot be exchanged in between.
        if let Some(mode) = open_to_others(&file).map_err(|e| failed(Problem::Unreadable(e)))? {
            return Err(failed(Problem::OpenToOthers { mode }));
        }
        let mut octets = Vec::new();
        let read = file.by_ref().take(LARGEST).read_to_end(&mut octets);
        // Overwritten when it is dropped, as the secrets in it are.
        let octets = Secret::new(octets);
        read.map_err(|error| failed(Problem::Unreadable(error)))?;
        let text = std::str::from_utf8(octets.expose()).map_err(|_| failed(Problem::NotText))?;
        let tables = tables(text).map_err(failed)?;
        Ok(Self { path: path.to_owned(), tables })
    }

    /// The table with this name; without a name the only one, or the one called `default`.
    ///
    /// # Errors
    /// There is no such table, or several and none is called `default`.
    pub fn keys(&self, name: Option<&str>) -> Result<&Keys, KeyFileError> {
        let only = || self.tables.values().next().filter(|_| self.tables.len() == 1);
        let found = match name {
            Some(name) => self.tables.get(name),
            None => only().or_else(|| self.tables.get(DEFAULT)),
        };
        found.ok_or_else(|| KeyFileError {
            path: self.path.clone(),
            problem: Problem::NoTable {
                asked: name.map(String::from),
                names: self.tables.keys().cloned().collect(),
            },
        })
    }
}

/// Why a key file gives no secret.
#[derive(Debug)]
pub struct KeyFileError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Unreadable(io::Error),
    OpenToOthers { mode: u32 },
    NotText,
    NotToml { line: usize },
    NotATable { line: usize },
    UnknownEntry { line: usize },
    Value { line: usize, entry: &'static str },
    NoTable { asked: Option<String>, names: Vec<String> },
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "key file {path}")?;
        match &self.problem {
            Problem::Unreadable(error) => write!(f, ": {error}"),
            Problem::OpenToOthers { mode } => {
                write!(
                    f,
                    ": others may use it (mode {mode:04o}); it must be 0600: chmod 600 {path}"
                )
            }
            Problem::NotText => f.write_str(": it is no text"),
            Problem::NotToml { line } => write!(f, ", line {line}: this is no TOML"),
            Problem::NotATable { line } => {
                write!(f, ", line {line}: entries stand in a table with a name, such as [house]")
            }
            Problem::UnknownEntry { line } => {
                write!(f, ", line {line}: unknown entry; known are {}", ENTRIES.join(", "))
            }
            Problem::Value { line, entry } => write!(
                f,
                ", line {line}: {entry} must be hexadecimal with two digits for each octet, \
                 or {{ text = \"…\" }}"
            ),
            Problem::NoTable { asked, names } => {
                match asked {
                    Some(name) => write!(f, ": there is no table [{name}]")?,
                    None => write!(f, ": it has several tables and none is called [{DEFAULT}]")?,
                }
                write!(
                    f,
                    "; there are {}: keys=NAME in the connection string picks one",
                    Names(names)
                )
            }
        }
    }
}

impl Error for KeyFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            Problem::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}

struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, name) in self.0.iter().enumerate() {
            write!(f, "{}[{}]", if index == 0 { "" } else { ", " }, name.escape_debug())?;
        }
        Ok(())
    }
}

fn tables(text: &str) -> Result<BTreeMap<String, Keys>, Problem> {
    let document = DeTable::parse(text).map_err(|error| Problem::NotToml {
        line: line(text, error.span().map_or(0, |span| span.start)),
    })?;
    let mut tables = BTreeMap::new();
    for (name, value) in document.get_ref() {
        let Some(entries) = value.get_ref().as_table() else {
            return Err(Problem::NotATable { line: line(text, name.span().start) });
        };
        tables.insert(name.get_ref().to_string(), keys(text, entries)?);
    }
    Ok(tables)
}

fn keys(text: &str, entries: &DeTable<'_>) -> Result<Keys, Problem> {
    let mut keys = Keys::default();
    for (name, value) in entries {
        let line = line(text, name.span().start);
        let entry = ENTRIES.iter().find(|entry| **entry == name.get_ref().as_ref());
        let (Some(entry), Some(place)) = (entry, keys.place(name.get_ref())) else {
            return Err(Problem::UnknownEntry { line });
        };
        *place = Some(secret(value).ok_or(Problem::Value { line, entry })?);
    }
    Ok(keys)
}

fn secret(value: &Spanned<DeValue<'_>>) -> Option<Secret> {
    match value.get_ref() {
        DeValue::String(digits) => from_hex(digits).ok().map(Secret::new),
        DeValue::Table(table) => match (table.get("text"), table.len()) {
            (Some(text), 1) => text.get_ref().as_str().map(Secret::from),
            _ => None,
        },
        _ => None,
    }
    .filter(|secret| !secret.expose().is_empty())
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|octet| *octet == b'\n').count() + 1
}

/// The mode of a file that others than its owner may use; where there are no modes, the folder's
/// rights must do.
#[cfg(unix)]
fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata()?.permissions().mode() & 0o7777;
    Ok((mode & 0o177 != 0).then_some(mode))
}

#[cfg(not(unix))]
fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    file.metadata().map(|_| None)
}

const ENTRIES: [&str; 4] = ["password", "secret", "encryption", "authentication"];

const DEFAULT: &str = "default";

/// A key file with a thousand tables has a tenth of it.
const LARGEST: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn password(tables: &BTreeMap<String, Keys>, name: &str) -> Vec<u8> {
        tables[name].password.as_ref().unwrap().expose().to_vec()
    }

    fn problem(text: &str) -> String {
        let problem = tables(text).unwrap_err();
        KeyFileError { path: PathBuf::from("house.toml"), problem }.to_string()
    }

    #[test]
    fn a_secret_is_hexadecimal_or_text() {
        let tables = tables(
            "[a]\npassword = \"00 ff\"\n[b]\npassword = { text = \"12345678\" }\nsecret = \"01\"\n",
        )
        .unwrap();
        assert_eq!(password(&tables, "a"), [0, 0xff]);
        assert_eq!(password(&tables, "b"), b"12345678");
        assert!(tables["b"].secret.as_ref().unwrap().matches(&[1]));
    }

    #[test]
    fn a_message_names_the_line_and_never_what_stands_in_it() {
        for (text, says) in [
            ("[a]\npassword = \"5ecre7g\"\n", "line 2: password must be hexadecimal"),
            ("[a]\npassword = \"123\"\n", "line 2: password must be hexadecimal"),
            ("[a]\npassword = { text = 12345 }\n", "line 2: password must be"),
            ("[a]\npassword = \"\"\n", "line 2: password must be"),
            ("[a]\n\n5ecre7 = \"00\"\n", "line 3: unknown entry; known are password"),
            ("password = \"5ecre7\"\n", "line 1: entries stand in a table"),
            ("[a]\npassword = 5ecre7 x\n", "line 2: this is no TOML"),
        ] {
            let message = problem(text);
            assert!(message.contains(says), "{message}");
            assert!(!message.contains("5ecre7") && !message.contains("123"), "{message}");
        }
    }

    #[test]
    fn without_a_name_the_only_table_counts_or_the_default() {
        let file = |text: &str| KeyFile { path: PathBuf::new(), tables: tables(text).unwrap() };
        assert!(file("[a]\n").keys(None).is_ok());
        assert!(file("[a]\n[default]\n").keys(None).is_ok());
        let error = file("[a]\n[b]\n").keys(None).unwrap_err().to_string();
        assert!(error.contains("there are [a], [b]"), "{error}");
        let error = file("[a]\n").keys(Some("b")).unwrap_err().to_string();
        assert!(error.contains("no table [b]; there are [a]"), "{error}");
    }

    #[test]
    fn a_folder_is_no_key_file_and_its_mode_is_not_to_be_changed() {
        let error = KeyFile::read(&std::env::temp_dir()).unwrap_err().to_string();
        assert!(!error.contains("chmod"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let path = std::env::temp_dir().join(format!("dlms-keys-{}.toml", std::process::id()));
        std::fs::write(&path, "[a]\npassword = \"00\"\n").unwrap();
        for (mode, refused) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = KeyFile::read(&path).err().map(|error| error.to_string());
            assert_eq!(error.is_some(), refused, "{mode:o} {error:?}");
            assert!(error.is_none_or(|error| error.contains("it must be 0600")));
        }
        std::fs::remove_file(&path).unwrap();
    }
}
