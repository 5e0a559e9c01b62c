//! A short conversation that uses everything a client can do, once.

use std::fmt::Debug;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cosem::class::{Clock, Register};
use cosem::{Data, Obis};
use dlms::apdu::{AttributeDescriptor, AttributeReference, MethodDescriptor};
use dlms_client::{Client, Error, Link, RowSelection};

use crate::desk::{CLOCK, IMPORT, PROFILE, time_of};

/// What each step yielded, in words.
pub(crate) type Transcript = Vec<String>;

/// Tells the story over a link, up to the first error.
pub(crate) async fn tell<L: Link>(link: L) -> (Transcript, Option<Error>) {
    let mut told = Vec::new();
    let end = steps(link, &mut told).await;
    (told, end.err())
}

async fn steps<L: Link>(link: L, told: &mut Transcript) -> Result<(), Error> {
    let mut meter = Client::associate(link).await?;
    let import = Register::at(IMPORT);
    note(told, meter.negotiated());
    note(told, meter.get(import.value()).await?);
    note(told, meter.get((import.value(), import.scaler_unit())).await?);
    note(told, meter.read(&labels(20)).await?);
    meter.set_clock(time_of(3)).await?;
    note(told, meter.clock().await?);
    meter.set(Clock::at(CLOCK).time(), time_of(4)).await?;
    note(told, meter.get((Clock::at(CLOCK).time(), import.value())).await?);
    note(told, meter.call(Clock::at(CLOCK).adjust_to_minute(), 0).await?);
    let method = MethodDescriptor { class: 8, instance: CLOCK, method: 1 };
    note(told, meter.invoke(method, Some(&Data::Integer(0))).await?);
    note(told, meter.association_view().await?);
    let mut rows = meter.rows(PROFILE, RowSelection::All)?;
    while let Some(row) = rows.next().await? {
        note(told, row.encoded().to_data());
    }
    meter.close().await
}

fn note(told: &mut Transcript, value: impl Debug) {
    told.push(format!("{value:?}"));
}

/// Attributes that say which they are. The last of three is undefined.
pub(crate) fn labels(count: u8) -> Vec<AttributeReference> {
    let label = |number: u8| {
        let class = if number % 3 == 2 { 2 } else { 1 };
        let instance = Obis([0, 0, 96, 1, number, 255]);
        AttributeDescriptor { class, instance, attribute: 2 }.into()
    };
    (0..count).map(label).collect()
}

/// Runs a future that never waits for long.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}
