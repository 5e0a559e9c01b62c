//! The client: every procedure, written once, for every link.

use std::fmt::Display;

use cosem::class::{Attribute, Method};
use cosem::schema::CosemType;
use cosem::{Data, DateTime, Encoded, Obis};
use dlms::apdu::{
    ActionResult, AttributeDescriptor, AttributeReference, Conformance, DataAccessResult,
    GetDataResult, MethodDescriptor,
};
use dlms::association::{Delivery, Event, Negotiated, Request};

use crate::error::{Cause, Error, Result};
use crate::link::Link;
use crate::rows::{RowSelection, Rows};
use crate::targets::Targets;
use crate::view::ObjectEntry;

/// An association with a logical device; [`Client::connect`] opens it, [`Client::close`] releases
/// it. When it is only dropped, the connection is closed without a word.
///
/// `&mut self` everywhere: an association is one conversation. Dropping a future that waits for an
/// answer closes the link, because the answer comes all the same and does not say what it answers;
/// the next call then reports [`Cause::Abandoned`].
#[derive(Debug)]
pub struct Client<L> {
    link: L,
}

/// What a meter answers for one attribute: the octets of its value, or why there is none.
pub type ReadResult = std::result::Result<Encoded, DataAccessResult>;

impl<L: Link> Client<L> {
    /// Opens the association that the link's options describe.
    ///
    /// # Errors
    /// No answer, refused, or an answer that breaks the protocol.
    pub async fn associate(mut link: L) -> Result<Self> {
        let attempted = "open the association";
        match link.exchange(Request::Associate).await {
            Ok(Event::Associated(_)) => Ok(Self { link }),
            Ok(other) => Err(Error::new(attempted, unexpected(&other))),
            Err(cause) => {
                link.close().await;
                Err(Error::new(attempted, cause))
            }
        }
    }

    /// What was agreed: services and the largest APDU that the meter accepts. `None` once the
    /// association has ended.
    #[must_use]
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.link.negotiated()
    }

    /// The link, to look at it or to observe it.
    pub const fn link_mut(&mut self) -> &mut L {
        &mut self.link
    }

    /// Reads an attribute, or several at once: a tuple of attributes gives a tuple of values, in one
    /// request where the meter takes lists.
    ///
    /// ```no_run
    /// # async fn read<L: dlms_client::Link>(meter: &mut dlms_client::Client<L>) -> dlms_client::Result<()> {
    /// use cosem::class::{Clock, Data};
    /// use cosem::{DateTime, Data as Any, obis};
    ///
    /// let clock = Clock::at(obis!("0-0:1.0.0"));
    /// let serial = Data::at(obis!("0-0:96.1.0"));
    /// let (time, zone, serial): (DateTime, i16, Any) =
    ///     meter.get((clock.time(), clock.time_zone(), serial.value())).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Cause::Object`] for the first attribute that the meter does not give, [`Cause::Value`] for
    /// one whose value is not of its type; what ends the conversation.
    pub async fn get<T: Targets>(&mut self, targets: T) -> Result<T::Values> {
        let references = targets.references();
        let results = self.read(&references).await?;
        let mut values = Vec::with_capacity(results.len());
        for (reference, result) in references.iter().zip(results) {
            let value = result.map_err(|error| denied(reference, error))?;
            values.push(value);
        }
        targets.values(&values)
    }

    /// Reads many attributes, each with its own result, in order, in as few requests as the
    /// association allows: lists as long as the meter's largest APDU, single ones where the meter
    /// takes no lists.
    ///
    /// # Errors
    /// What ends the conversation, or refuses a request as a whole. What the meter says about one
    /// attribute is a result.
    pub async fn read(&mut self, targets: &[AttributeReference]) -> Result<Vec<ReadResult>> {
        let mut results = Vec::with_capacity(targets.len());
        while let Some(left) = targets.get(results.len()..).filter(|left| !left.is_empty()) {
            let asked = left.get(..self.list_size(left)).unwrap_or(left);
            let attempted = || format!("read {}", describe_all(asked));
            let request = Request::Get { targets: asked.to_vec(), delivery: Delivery::Whole };
            match self.link.exchange(request).await {
                Ok(Event::Got(answers)) if answers.len() == asked.len() => {
                    results.extend(answers.into_iter().map(into_result));
                }
                Ok(other) => return Err(Error::new(attempted(), unexpected(&other))),
                Err(cause) => return Err(Error::new(attempted(), cause)),
            }
        }
        Ok(results)
    }

    /// How many of `targets` one request may carry.
    fn list_size(&self, targets: &[AttributeReference]) -> usize {
        let Some(negotiated) = self.link.negotiated() else { return 1 };
        if !negotiated.conformance.contains(Conformance::MULTIPLE_REFERENCES) {
            return 1;
        }
        let limit = match negotiated.server_max_receive_pdu_size {
            0 => usize::MAX,
            size => usize::from(size),
        };
        let mut size = LIST_HEADER;
        let fits = |target: &&AttributeReference| {
            size += target.encoded_size();
            size <= limit
        };
        targets.iter().take(LONGEST_LIST).take_while(fits).count().max(1)
    }

    /// Writes an attribute. Never repeated by itself: after [`Cause::NoAnswer`] it is not known
    /// whether the meter has written it.
    ///
    /// # Errors
    /// [`Cause::Object`] when the meter's answer is not *success*; what ends the conversation.
    pub async fn set<T: CosemType>(&mut self, attribute: Attribute<T>, value: T) -> Result<()> {
        let target = descriptor(&attribute).into();
        self.write(target, &value.into_data()).await
    }

    /// Writes an attribute, or the part of it that is selected, without a type.
    ///
    /// # Errors
    /// As [`Client::set`].
    pub async fn write(&mut self, target: AttributeReference, value: &Data) -> Result<()> {
        let attempted = format!("write {}", describe(&target));
        let request = Request::Set { target, value: Encoded::from(value) };
        match self.link.exchange(request).await {
            Ok(Event::Set(DataAccessResult::SUCCESS)) => Ok(()),
            Ok(Event::Set(result)) => Err(Error::new(attempted, Cause::Object(result))),
            Ok(other) => Err(Error::new(attempted, unexpected(&other))),
            Err(cause) => Err(Error::new(attempted, cause)),
        }
    }

    /// Calls a method and gives what it returns, `()` for nothing. Never repeated by itself: after
    /// [`Cause::NoAnswer`] it is not known whether the meter has carried it out.
    ///
    /// # Errors
    /// [`Cause::Method`] when the meter's answer is not *success*; [`Cause::Value`] for a result
    /// that is not of its type: the method was carried out then. What ends the conversation.
    pub async fn call<P: CosemType, R: CosemType>(
        &mut self,
        method: Method<P, R>,
        parameter: P,
    ) -> Result<R> {
        let target = MethodDescriptor {
            class: method.class_id(),
            instance: method.instance(),
            method: method.index(),
        };
        let returned = self.invoke(target, Some(&parameter.into_data())).await?;
        let data = returned.map_or(Data::Null, |encoded| encoded.to_data());
        R::from_data(data).map_err(|error| {
            let attempted = format!("read the result of {}", describe_method(&target));
            Error::new(attempted, Cause::Value(error.to_string()))
        })
    }

    /// Calls a method without types; gives what it returned, which may be nothing.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn invoke(
        &mut self,
        target: MethodDescriptor,
        parameter: Option<&Data>,
    ) -> Result<Option<Encoded>> {
        let attempted = format!("call {}", describe_method(&target));
        let request = Request::Action { target, parameters: parameter.map(Encoded::from) };
        match self.link.exchange(request).await {
            Ok(Event::Action { result: ActionResult::SUCCESS, return_parameters }) => {
                match return_parameters {
                    None => Ok(None),
                    Some(GetDataResult::Data(data)) => Ok(Some(data)),
                    Some(GetDataResult::Error(error)) => {
                        Err(Error::new(attempted, Cause::Object(error)))
                    }
                }
            }
            Ok(Event::Action { result, .. }) => Err(Error::new(attempted, Cause::Method(result))),
            Ok(other) => Err(Error::new(attempted, unexpected(&other))),
            Err(cause) => Err(Error::new(attempted, cause)),
        }
    }

    /// Reads the rows of a profile, each as soon as it has arrived, with memory for one block and
    /// one row. Nothing is sent before the first [`Rows::next`].
    ///
    /// What its columns are says attribute 3 of the profile, `capture_objects`. One answer may have
    /// [`Limits::transfer`](dlms::association::Limits) octets, 1 MiB unless told otherwise: ask for
    /// a range where there are more.
    ///
    /// # Errors
    /// [`Cause::Input`] for a selection that cannot be: from after to.
    pub fn rows(&mut self, profile: Obis, selection: RowSelection) -> Result<Rows<'_, L>> {
        Rows::new(&mut self.link, profile, selection)
    }

    /// The objects that this client may see, with its rights: attribute 2 of the current
    /// association, 0-0:40.0.0.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn association_view(&mut self) -> Result<Vec<ObjectEntry>> {
        let target = AttributeReference::from(AttributeDescriptor {
            class: 15,
            instance: cosem::obis!("0-0:40.0.0"),
            attribute: 2,
        });
        let attempted = "read the association view";
        let mut results = self.read(std::slice::from_ref(&target)).await?;
        match results.pop() {
            Some(Ok(list)) => ObjectEntry::list(&list.into_flat())
                .map_err(|text| Error::new(attempted, Cause::Value(text))),
            Some(Err(error)) => Err(Error::new(attempted, Cause::Object(error))),
            None => Err(Error::new(attempted, Cause::Value(String::from("no result came")))),
        }
    }

    /// The time of the meter's clock, 0-0:1.0.0, as sent.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn clock(&mut self) -> Result<DateTime> {
        self.get(cosem::class::Clock::at(CLOCK).time()).await
    }

    /// Sets the meter's clock, 0-0:1.0.0, to exactly these twelve octets.
    ///
    /// # Errors
    /// As [`Client::set`].
    pub async fn set_clock(&mut self, time: DateTime) -> Result<()> {
        self.set(cosem::class::Clock::at(CLOCK).time(), time).await
    }

    /// Releases the association and closes the link.
    ///
    /// # Errors
    /// A release that was refused or not answered; the link is closed all the same.
    pub async fn close(mut self) -> Result<()> {
        let outcome = self.link.exchange(Request::Release).await;
        self.link.close().await;
        match outcome {
            Ok(Event::Released) => Ok(()),
            Ok(other) => Err(Error::new("release the association", unexpected(&other))),
            Err(cause) => Err(Error::new("release the association", cause)),
        }
    }
}

/// The clock that every meter has.
pub(crate) const CLOCK: Obis = cosem::obis!("0-0:1.0.0");

/// Tag, choice, invoke-id and a count of one octet.
const LIST_HEADER: usize = 4;

/// So that the count takes one octet.
const LONGEST_LIST: usize = 127;

pub(crate) const fn descriptor<T>(attribute: &Attribute<T>) -> AttributeDescriptor {
    AttributeDescriptor {
        class: attribute.class_id(),
        instance: attribute.instance(),
        attribute: attribute.index(),
    }
}

/// An attribute for an error: class, code and index.
pub(crate) fn describe(reference: &AttributeReference) -> String {
    let AttributeDescriptor { class, instance, attribute } = reference.attribute;
    format!("attribute {attribute} of {instance} (class {class})")
}

fn describe_method(target: &MethodDescriptor) -> String {
    format!("method {} of {} (class {})", target.method, target.instance, target.class)
}

fn describe_all(references: &[AttributeReference]) -> String {
    match references {
        [one] => describe(one),
        [first, rest @ ..] => format!("{} and {} more", describe(first), rest.len()),
        [] => String::from("nothing"),
    }
}

pub(crate) fn denied(reference: &AttributeReference, error: DataAccessResult) -> Error {
    Error::new(format!("read {}", describe(reference)), Cause::Object(error))
}

/// An answer of another kind than the request. The state machine does not let one through, so a
/// link of another make has.
pub(crate) fn unexpected(event: &Event) -> Cause {
    Cause::Value(format!("the link gave another answer than the request has: {}", kind(event)))
}

fn kind(event: &Event) -> impl Display {
    match event {
        Event::Associated(_) => "association",
        Event::Got(_) | Event::Part { .. } => "values",
        Event::Set(_) => "result of writing",
        Event::Action { .. } => "result of a method",
        Event::Released => "release",
        _ => "notice",
    }
}

fn into_result(result: GetDataResult) -> ReadResult {
    match result {
        GetDataResult::Data(data) => Ok(data),
        GetDataResult::Error(error) => Err(error),
    }
}
