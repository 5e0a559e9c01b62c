//! The same client without a runtime.
//!
//! Same names, no `.await`:
//!
//! ```no_run
//! use cosem::{class::Register, obis};
//! use dlms_client::{Credentials, RowSelection, blocking::Client};
//!
//! # fn main() -> dlms_client::Result<()> {
//! let mut meter = Client::connect("tcp://10.0.0.7:4059", Credentials::none())?;
//! let import = meter.get(Register::at(obis!("1-0:1.8.0")).value())?;
//! for row in meter.rows(obis!("1-0:99.1.0"), RowSelection::All)? {
//!     println!("{:?}", row?);
//! }
//! meter.close()
//! # }
//! ```
//!
//! Each call polls the future of the one [`Client`](crate::Client) once:
//! a link that blocks never says *pending*, so the future is always ready.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cosem::class::{Attribute, Method};
use cosem::schema::CosemType;
use cosem::{Data, DateTime, Encoded, Flat, Obis};
use dlms::apdu::{AttributeReference, MethodDescriptor};
use dlms::association::Negotiated;
use dlms_link::Connection;

use crate::client::ReadResult;
use crate::connect::{Connector, Credentials, parse};
use crate::error::{Cause, Error, Result};
use crate::link::{Conversation, Link};
use crate::rows::RowSelection;
use crate::targets::Targets;
use crate::view::ObjectEntry;

type Blocking = Conversation<dlms_link::blocking::Stream>;

/// An association with a logical device; see [`crate::Client`], whose every method it has.
///
/// A call returns within the deadlines of the connection string; it cannot be interrupted.
#[derive(Debug)]
pub struct Client<L = Blocking> {
    inner: crate::Client<L>,
}

impl Client {
    /// Connects to the meter that a [connection string](dlms_link::connection) names and opens the
    /// association.
    ///
    /// # Errors
    /// [`Cause::Connection`] for a connection string that cannot be read, and those of
    /// `Connector::connect`.
    pub fn connect(connection: &str, credentials: Credentials) -> Result<Self> {
        Self::connect_with(Connector::new(credentials), &parse(connection)?)
    }

    /// The same with everything that a [`Connector`] offers.
    ///
    /// # Errors
    /// [`Cause::Input`] for what is not built yet and for a password that is missing,
    /// [`Cause::Link`] without a connection, [`Cause::NoAnswer`], [`Cause::Closed`],
    /// [`Cause::Refused`], and [`Cause::Peer`] for what does not speak the protocol.
    pub fn connect_with(connector: Connector, connection: &Connection) -> Result<Self> {
        Ok(Self { inner: now(connector.connect_now(connection))?? })
    }
}

impl<L: Link> Client<L> {
    /// Opens the association over a link that never pends.
    ///
    /// # Errors
    /// See [`crate::Client::associate`].
    pub fn associate(link: L) -> Result<Self> {
        Ok(Self { inner: now(crate::Client::associate(link))?? })
    }

    /// See [`crate::Client::negotiated`].
    #[must_use]
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.inner.negotiated()
    }

    /// See [`crate::Client::get`].
    ///
    /// # Errors
    /// As there.
    pub fn get<T: Targets>(&mut self, targets: T) -> Result<T::Values> {
        now(self.inner.get(targets))?
    }

    /// See [`crate::Client::read`].
    ///
    /// # Errors
    /// As there.
    pub fn read(&mut self, targets: &[AttributeReference]) -> Result<Vec<ReadResult>> {
        now(self.inner.read(targets))?
    }

    /// See [`crate::Client::set`].
    ///
    /// # Errors
    /// As there.
    pub fn set<T: CosemType>(&mut self, attribute: Attribute<T>, value: T) -> Result<()> {
        now(self.inner.set(attribute, value))?
    }

    /// See [`crate::Client::write`].
    ///
    /// # Errors
    /// As there.
    pub fn write(&mut self, target: AttributeReference, value: &Data) -> Result<()> {
        now(self.inner.write(target, value))?
    }

    /// See [`crate::Client::call`].
    ///
    /// # Errors
    /// As there.
    pub fn call<P: CosemType, R: CosemType>(
        &mut self,
        method: Method<P, R>,
        parameter: P,
    ) -> Result<R> {
        now(self.inner.call(method, parameter))?
    }

    /// See [`crate::Client::invoke`].
    ///
    /// # Errors
    /// As there.
    pub fn invoke(
        &mut self,
        target: MethodDescriptor,
        parameter: Option<&Data>,
    ) -> Result<Option<Encoded>> {
        now(self.inner.invoke(target, parameter))?
    }

    /// See [`crate::Client::rows`].
    ///
    /// # Errors
    /// As there.
    pub fn rows(&mut self, profile: Obis, selection: RowSelection) -> Result<Rows<'_, L>> {
        Ok(Rows { inner: self.inner.rows(profile, selection)? })
    }

    /// See [`crate::Client::association_view`].
    ///
    /// # Errors
    /// As there.
    pub fn association_view(&mut self) -> Result<Vec<ObjectEntry>> {
        now(self.inner.association_view())?
    }

    /// See [`crate::Client::clock`].
    ///
    /// # Errors
    /// As there.
    pub fn clock(&mut self) -> Result<DateTime> {
        now(self.inner.clock())?
    }

    /// See [`crate::Client::set_clock`].
    ///
    /// # Errors
    /// As there.
    pub fn set_clock(&mut self, time: DateTime) -> Result<()> {
        now(self.inner.set_clock(time))?
    }

    /// See [`crate::Client::close`].
    ///
    /// # Errors
    /// As there.
    pub fn close(self) -> Result<()> {
        now(self.inner.close())?
    }
}

/// Rows on their way: an iterator that ends behind the last row or the first error. See
/// [`crate::Rows`].
#[must_use = "rows are only read when they are asked for"]
pub struct Rows<'a, L> {
    inner: crate::Rows<'a, L>,
}

impl<L: Link> Rows<'_, L> {
    /// See [`crate::Rows::left`].
    #[must_use]
    pub fn left(&self) -> Option<usize> {
        self.inner.left()
    }
}

impl<L: Link> Iterator for Rows<'_, L> {
    type Item = Result<Flat>;

    fn next(&mut self) -> Option<Result<Flat>> {
        match now(self.inner.next()) {
            Ok(row) => row.transpose(),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Polls once. A link that pends is one for the other client.
fn now<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err(Error::new(
            "wait without a runtime",
            Cause::Input(String::from("this link pends; use it with the async client")),
        )),
    }
}
