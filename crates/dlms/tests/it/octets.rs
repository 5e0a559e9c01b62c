//! What the tests share: hexadecimal, and what must hold of every APDU.

use cosem::bytes::from_hex;
use dlms::apdu::Apdu;

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    from_hex(hex).unwrap()
}

/// Decodes; the same octets come back, and no part of them is an APDU.
pub(crate) fn decoded(octets: &[u8]) -> Apdu {
    let apdu = Apdu::decode(octets).unwrap();
    assert_eq!(apdu.encode(), octets, "{apdu:?}");
    every_truncation_is_refused(octets);
    let mut longer = octets.to_vec();
    longer.push(0);
    assert!(Apdu::decode(&longer).is_err(), "an octet too many is accepted");
    apdu
}

pub(crate) fn every_truncation_is_refused(octets: &[u8]) {
    for end in 0..octets.len() {
        assert!(Apdu::decode(&octets[..end]).is_err(), "{end} of {} octets", octets.len());
    }
}
