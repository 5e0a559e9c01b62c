//! The association view as meters send it, right and wrong.

use cosem::{Data, Obis};
use dlms::apdu::GetDataResult;
use dlms::association::Event;
use dlms_client::{Cause, Client, Error, ObjectEntry};

use crate::desk::{CLOCK, IMPORT, Rote};
use crate::story::run;

fn view(list: Data) -> Result<Vec<ObjectEntry>, Error> {
    let answer = Event::Got(vec![GetDataResult::Data(list.to_encoded())]);
    run(async {
        Client::associate(Rote::new(vec![answer])).await.unwrap().association_view().await
    })
}

fn element(class: Data, instance: Data, rights: Data) -> Data {
    Data::Structure(vec![class, Data::Unsigned(1), instance, rights])
}

fn rights(attributes: Vec<Data>, methods: Vec<Data>) -> Data {
    Data::Structure(vec![Data::Array(attributes), Data::Array(methods)])
}

fn right(index: i8, mode: Data) -> Data {
    Data::Structure(vec![Data::Integer(index), mode, Data::Null])
}

#[test]
fn rights_are_there_as_they_were_sent() {
    let attributes = (0..6).map(|mode| right(mode + 1, Data::Enum(mode as u8))).collect();
    let methods = vec![right(1, Data::Boolean(true)), right(2, Data::Enum(0))];
    let list = Data::Array(vec![
        element(Data::LongUnsigned(8), Data::from(CLOCK), rights(attributes, methods)),
        element(Data::LongUnsigned(3), Data::from(IMPORT), rights(vec![], vec![])),
    ]);
    let entries = view(list).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].class, entries[0].version, entries[0].instance), (8, 1, CLOCK));
    let may = |index| {
        let right = entries[0].attribute(index).unwrap();
        (right.may_read(), right.may_write())
    };
    assert_eq!(
        [may(1), may(2), may(3), may(4)],
        [(false, false), (true, false), (false, true), (true, true)]
    );
    // Only with protection, which there is none of.
    assert_eq!(may(5), (false, false));
    assert_eq!(entries[0].attribute(7), None);
    assert_eq!(entries[0].methods.iter().map(|right| right.mode).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(entries[1].attribute(2), None);
}

#[test]
fn an_object_without_rights_is_an_object_all_the_same() {
    let odd =
        Data::Structure(vec![Data::Array(vec![Data::Null, right(2, Data::Null)]), Data::Null]);
    for rights in [Data::Null, Data::Structure(vec![]), odd] {
        let entries =
            view(Data::Array(vec![element(Data::LongUnsigned(3), Data::from(IMPORT), rights)]));
        let entries = entries.unwrap();
        assert_eq!(entries[0].instance, IMPORT);
        assert!(entries[0].attributes.is_empty() && entries[0].methods.is_empty());
    }
    assert_eq!(view(Data::Array(vec![])).unwrap(), []);
}

#[test]
fn a_list_that_names_no_objects_is_an_error_that_says_where() {
    let good = element(Data::LongUnsigned(3), Data::from(Obis([1, 0, 1, 8, 0, 255])), Data::Null);
    for bad in [
        Data::Null,
        Data::Structure(vec![]),
        element(Data::DoubleLong(-1), Data::from(IMPORT), Data::Null),
        element(Data::LongUnsigned(3), Data::OctetString(vec![1, 0, 1, 8, 0]), Data::Null),
    ] {
        let error = view(Data::Array(vec![good.clone(), bad])).unwrap_err();
        assert!(matches!(error.cause(), Cause::Value(_)), "{error:?}");
        assert!(error.to_string().contains("element 1 of the object list"), "{error}");
    }
    let error = view(Data::Unsigned(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the association view: the object list is unsigned instead of array"
    );
}
