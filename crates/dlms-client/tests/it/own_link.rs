//! A link of another make: requests go out as actions, answers come in as events, and the futures
//! are polled by hand, without a runtime.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use cosem::class::Register;
use cosem::{Data, Encoded};
use dlms::apdu::{Conformance, GetDataResult};
use dlms::association::{Delivery, Event, Negotiated, Request};
use dlms_client::{Cause, Client, Link, RowSelection};

use crate::desk::{IMPORT, PROFILE, row};

/// Both queues between a session and the machine that runs it.
#[derive(Clone, Default)]
struct Exchange {
    actions: Arc<Mutex<VecDeque<Request>>>,
    events: Arc<Mutex<VecDeque<Result<Event, Cause>>>>,
}

impl Exchange {
    fn action(&self) -> Option<Request> {
        self.actions.lock().unwrap().pop_front()
    }

    fn event(&self, event: Event) {
        self.events.lock().unwrap().push_back(Ok(event));
    }
}

impl Link for Exchange {
    async fn exchange(&mut self, request: Request) -> Result<Event, Cause> {
        self.actions.lock().unwrap().push_back(request);
        let events = Arc::clone(&self.events);
        poll_fn(move |_| events.lock().unwrap().pop_front().map_or(Poll::Pending, Poll::Ready))
            .await
    }

    async fn close(&mut self) {}

    fn negotiated(&self) -> Option<Negotiated> {
        Some(NEGOTIATED)
    }
}

const NEGOTIATED: Negotiated = Negotiated {
    conformance: Conformance(0x00_ff_ff),
    server_max_receive_pdu_size: 0,
    vaa_name: 7,
};

fn data(data: Data) -> GetDataResult {
    GetDataResult::Data(Encoded::from(data))
}

#[test]
fn a_session_is_a_future_that_a_machine_polls_when_it_likes() {
    let link = Exchange::default();
    let session = async {
        let mut meter = Client::associate(link.clone()).await?;
        let import = meter.get(Register::at(IMPORT).value()).await?;
        let mut rows = Vec::new();
        let mut profile = meter.rows(PROFILE, RowSelection::All)?;
        while let Some(row) = profile.next().await? {
            rows.push(row.encoded().to_data());
        }
        meter.close().await?;
        dlms_client::Result::Ok((import, rows))
    };
    let mut session = pin!(session);
    let mut poll = || session.as_mut().poll(&mut Context::from_waker(Waker::noop()));

    assert!(poll().is_pending());
    assert!(matches!(link.action(), Some(Request::Associate)));
    link.event(Event::Associated(NEGOTIATED));

    assert!(poll().is_pending());
    assert!(poll().is_pending());
    let Some(Request::Get { targets, delivery: Delivery::Whole }) = link.action() else { panic!() };
    assert_eq!(targets.len(), 1);
    link.event(Event::Got(vec![data(Data::LongUnsigned(7))]));

    assert!(poll().is_pending());
    let asked = link.action();
    assert!(matches!(asked, Some(Request::Get { delivery: Delivery::Parts, .. })), "{asked:?}");
    let octets = Data::Array(vec![row(1), row(2)]).to_encoded().into_octets();
    let (first, second) = octets.split_at(30);
    link.event(Event::Part { octets: first.to_vec(), last: false });

    assert!(poll().is_pending());
    assert!(matches!(link.action(), Some(Request::NextPart)));
    link.event(Event::Part { octets: second.to_vec(), last: true });

    assert!(poll().is_pending());
    assert!(matches!(link.action(), Some(Request::Release)));
    link.event(Event::Released);
    let Poll::Ready(outcome) = poll() else { panic!("it is over") };
    assert_eq!(outcome.unwrap(), (Data::LongUnsigned(7), vec![row(1), row(2)]));
}

#[test]
fn an_answer_of_another_kind_is_an_error_and_no_panic() {
    let link = Exchange::default();
    link.event(Event::Associated(NEGOTIATED));
    link.event(Event::Released);
    link.event(Event::Got(vec![]));
    let mut meter = crate::story::run(Client::associate(link)).unwrap();
    let target = crate::story::labels(1);
    for _ in 0..2 {
        let error = crate::story::run(meter.read(&target)).unwrap_err();
        assert!(matches!(error.cause(), Cause::Value(_)), "{error:?}");
    }
}
