//! Where secrets come from: a key file, the environment or a prompt. Never the command line.

use std::path::Path;

use dlms_client::{Credentials, KeyFile};
use dlms_link::Connection;
use dlms_link::connection::Authentication;

use crate::ask;
use crate::exit::{Failure, Outcome};
use crate::interrupt::Interrupt;

/// The variable that holds the password of `auth=low`.
const PASSWORD: &str = "DLMS_PASSWORD";

/// The secrets that a connection needs. The key file that is named comes first, then the
/// environment, then a question.
pub(crate) async fn credentials(
    connection: &Connection,
    keys: Option<&Path>,
    interrupt: &Interrupt,
) -> Outcome<Credentials> {
    let attempted = || format!("use {connection}");
    let file = keys.map(KeyFile::read).transpose();
    let file = file.map_err(|error| Failure::usage(attempted(), error))?;
    if connection.authentication == Authentication::None {
        return Ok(Credentials::none());
    }
    let name = connection.keys.as_deref();
    if let Some(file) = file {
        let keys = file.keys(name).map_err(|error| Failure::usage(attempted(), error))?;
        if keys.password.is_some() {
            return Ok(keys.credentials());
        }
    } else if let Some(name) = name {
        let reason = format!("keys={name} names a table of a key file, and none was given");
        return Err(Failure::usage(attempted(), reason).hint("--keys FILE"));
    }
    if let Some(password) = std::env::var_os(PASSWORD) {
        return match password.into_string() {
            Ok(password) if !password.is_empty() => {
                Ok(Credentials::password(dlms::security::Secret::new(password.into_bytes())))
            }
            _ => Err(Failure::usage(attempted(), format!("{PASSWORD} is empty or no text"))),
        };
    }
    if ask::is_possible() {
        let question = format!("Password of client {}: ", connection.client);
        let password = ask::secret(&question, interrupt).await?;
        // Meters count wrong ones.
        if password.expose().is_empty() {
            return Err(Failure::usage(attempted(), "no password was given, and nothing was sent"));
        }
        return Ok(Credentials::password(password));
    }
    Err(Failure::usage(attempted(), "auth=low needs a password")
        .hint(format!("--keys FILE, or the password in {PASSWORD}, or run it on a terminal")))
}
