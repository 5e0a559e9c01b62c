//! Everything that is measured, by name.

use cosem::{Data, Flat};

use crate::{
    Instrument,
    one_source::Blocking,
    storage::{Bare, Borrowed, ScalarNodes, Storage},
};

/// One thing that is measured; its name is what it stands under in docs/instructions.csv.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The name, such as `tree decode`.
    pub name: &'static str,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Encode,
    Storage(Kept, Action),
    Exchange(Blocking, Calls),
}

impl What {
    /// Whether it is the project's own code, or what the project took, and not a variant to compare with.
    const fn is_ours(self) -> bool {
        match self {
            Self::Encode => true,
            Self::Storage(kept, _) => matches!(kept, Kept::Tree | Kept::Flat | Kept::Borrowed),
            Self::Exchange(blocking, _) => matches!(blocking, Blocking::PolledOnce),
        }
    }
}

/// The ways to keep a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Tree,
    BareTree,
    Flat,
    ScalarNodes,
    Borrowed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Decode,
    Column,
    Life,
}

/// How 1,000 exchanges are spread over calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calls {
    Many,
    Few,
}

const fn case(name: &'static str, what: What) -> Case {
    Case { name, what }
}

impl Case {
    /// Every case, in the order of the reports.
    pub const ALL: &'static [Self] = &[
        case("tree decode", What::Storage(Kept::Tree, Action::Decode)),
        case("bare tree decode", What::Storage(Kept::BareTree, Action::Decode)),
        case("flat decode", What::Storage(Kept::Flat, Action::Decode)),
        case("scalar nodes decode", What::Storage(Kept::ScalarNodes, Action::Decode)),
        case("borrowed decode", What::Storage(Kept::Borrowed, Action::Decode)),
        case("encode", What::Encode),
        case("tree column", What::Storage(Kept::Tree, Action::Column)),
        case("bare tree column", What::Storage(Kept::BareTree, Action::Column)),
        case("flat column", What::Storage(Kept::Flat, Action::Column)),
        case("scalar nodes column", What::Storage(Kept::ScalarNodes, Action::Column)),
        case("borrowed column", What::Storage(Kept::Borrowed, Action::Column)),
        case("tree life", What::Storage(Kept::Tree, Action::Life)),
        case("bare tree life", What::Storage(Kept::BareTree, Action::Life)),
        case("flat life", What::Storage(Kept::Flat, Action::Life)),
        case("scalar nodes life", What::Storage(Kept::ScalarNodes, Action::Life)),
        case("borrowed life", What::Storage(Kept::Borrowed, Action::Life)),
        case("polled once 1000 calls", What::Exchange(Blocking::PolledOnce, Calls::Many)),
        case("runtime 1000 calls", What::Exchange(Blocking::Runtime, Calls::Many)),
        case("duplicated 1000 calls", What::Exchange(Blocking::Duplicated, Calls::Many)),
        case("polled once 10 calls", What::Exchange(Blocking::PolledOnce, Calls::Few)),
        case("runtime 10 calls", What::Exchange(Blocking::Runtime, Calls::Few)),
        case("duplicated 10 calls", What::Exchange(Blocking::Duplicated, Calls::Few)),
    ];

    /// The case of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|case| case.name == name)
    }

    /// Whether its instructions are kept in docs/instructions.csv: a carried variant has none.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        self.what.is_ours()
    }

    /// Lets `instrument` look at one run.
    pub fn measure(self, octets: &[u8], instrument: &mut impl Instrument) {
        match self.what {
            What::Encode => {
                let tree = <Data as Storage>::decode(octets.to_vec());
                instrument.measure(|| &tree, Data::to_encoded);
            }
            What::Storage(Kept::Tree, action) => storage::<Data>(octets, action, instrument),
            What::Storage(Kept::BareTree, action) => storage::<Bare>(octets, action, instrument),
            What::Storage(Kept::Flat, action) => storage::<Flat>(octets, action, instrument),
            What::Storage(Kept::ScalarNodes, action) => {
                storage::<ScalarNodes>(octets, action, instrument);
            }
            What::Storage(Kept::Borrowed, action) => {
                storage::<Borrowed>(octets, action, instrument);
            }
            What::Exchange(blocking, calls) => {
                let (calls, blocks) = match calls {
                    Calls::Many => (1_000, 1),
                    Calls::Few => (10, 100),
                };
                blocking.measure(calls, blocks, instrument);
            }
        }
    }
}

fn storage<S: Storage>(octets: &[u8], action: Action, instrument: &mut impl Instrument) {
    match action {
        Action::Decode => instrument.measure(|| octets.to_vec(), S::decode),
        Action::Column => {
            let kept = S::decode(octets.to_vec());
            instrument.measure(|| &kept, S::column);
        }
        Action::Life => instrument.measure(|| octets.to_vec(), S::life),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Stopwatch, profile};

    #[test]
    fn every_case_runs_and_no_name_is_used_twice() {
        let octets = profile::octets();
        for case in Case::ALL {
            case.measure(&octets, &mut Stopwatch::default());
            assert_eq!(Case::named(case.name), Some(*case));
        }
    }
}
