//! The classes whose objects do more than keep values.

mod association;
mod clock;

pub(crate) use association::{AssociationBehaviour, Of, View};
pub(crate) use clock::ClockBehaviour;
