//! Labels of what was read, for people.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

/// A labelled octet range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// How many groups surround it.
    pub depth: usize,
    /// The field's name.
    pub name: &'static str,
    /// Its first octet.
    pub from: usize,
    /// The octet after its last.
    pub to: usize,
    /// Its value in words; empty for a group.
    pub value: String,
}

/// Collects the labels of a [`Reader`](super::Reader).
///
/// It costs memory linear in the input: one [`Span`] a field.
#[derive(Debug, Default)]
pub struct Trace {
    state: RefCell<TraceState>,
}

#[derive(Debug, Default)]
struct TraceState {
    spans: Vec<Span>,
    /// The places of the groups that are open, the innermost last.
    open: Vec<usize>,
    /// Added to every range: where the input begins in a larger one.
    base: usize,
}

impl Trace {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one for octets that begin at `base` of a larger input.
    #[must_use]
    pub fn based(base: usize) -> Self {
        let trace = Self::default();
        trace.state.borrow_mut().base = base;
        trace
    }

    /// The labels so far, in wire order, a group before its fields. A group that an error has left
    /// open ends with the last field that was read in it.
    #[must_use]
    pub fn into_spans(self) -> Vec<Span> {
        let TraceState { mut spans, mut open, .. } = self.state.into_inner();
        let last = spans.iter().map(|span| span.to).max().unwrap_or_default();
        while let Some(span) = open.pop().and_then(|place| spans.get_mut(place)) {
            span.to = last.max(span.from);
        }
        spans
    }

    pub(super) fn leaf(&self, name: &'static str, from: usize, to: usize, value: String) {
        let mut state = self.state.borrow_mut();
        let (depth, base) = (state.open.len(), state.base);
        let (from, to) = (base.saturating_add(from), base.saturating_add(to));
        state.spans.push(Span { depth, name, from, to, value });
    }

    pub(super) fn open(&self, name: &'static str, from: usize, value: String) {
        self.leaf(name, from, from, value);
        let mut state = self.state.borrow_mut();
        let place = state.spans.len().saturating_sub(1);
        state.open.push(place);
    }

    pub(super) fn close(&self, to: usize) {
        let mut state = self.state.borrow_mut();
        let to = state.base.saturating_add(to);
        let place = state.open.pop();
        if let Some(span) = place.and_then(|place| state.spans.get_mut(place)) {
            span.to = to;
        }
    }

    pub(super) fn rename(&self, value: String) {
        if let Some(span) = self.state.borrow_mut().spans.last_mut() {
            span.value = value;
        }
    }

    pub(super) fn forget_from(&self, at: usize) {
        let mut state = self.state.borrow_mut();
        let at = state.base.saturating_add(at);
        // A group that began there stays open only when it surrounds the field that is tried again.
        let open = state.open.last().map_or(0, |place| place.saturating_add(1));
        let keep = state.spans.iter().rposition(|span| span.from < at);
        let keep = keep.map_or(0, |last| last.saturating_add(1)).max(open);
        state.spans.truncate(keep);
    }
}
