//! The three pcapng blocks that we write (IETF draft-ietf-opsawg-pcapng), little-endian.
//!
//! | octets | 0–3  | 4–7   | 8…   | …    | last 4 |
//! |--------|------|-------|------|------|--------|
//! | field  | type | total length | body | options | total length again |

use std::time::Duration;

/// Which way a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Sent,
    Received,
}

/// A section and its one interface.
pub(super) fn head(comments: &[&str]) -> Vec<u8> {
    let mut octets = block(SECTION_HEADER, |body| {
        body.extend(BYTE_ORDER_MAGIC.to_le_bytes());
        body.extend(1_u16.to_le_bytes()); // major version
        body.extend(0_u16.to_le_bytes()); // minor version
        body.extend(u64::MAX.to_le_bytes()); // section length: not known while it grows
        for comment in comments {
            option(body, COMMENT, comment.as_bytes());
        }
        option(body, USER_APPLICATION, concat!("dlms-link ", env!("CARGO_PKG_VERSION")).as_bytes());
        option(body, END_OF_OPTIONS, &[]);
    });
    octets.extend(block(INTERFACE_DESCRIPTION, |body| {
        body.extend(ETHERNET.to_le_bytes());
        body.extend(0_u16.to_le_bytes()); // reserved
        body.extend(0_u32.to_le_bytes()); // snap length: no limit
        option(body, INTERFACE_NAME, b"dlms");
        option(body, TIME_STAMP_RESOLUTION, &[NANOSECONDS]);
        option(body, END_OF_OPTIONS, &[]);
    }));
    octets
}

/// A packet of interface 0.
pub(super) fn packet(
    octets: &[u8],
    since_epoch: Duration,
    direction: Direction,
    comment: Option<&str>,
) -> Vec<u8> {
    // Nanoseconds fit 64 bits until the year 2554.
    let time = u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX);
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    block(ENHANCED_PACKET, |body| {
        body.extend(0_u32.to_le_bytes()); // interface
        body.extend(((time >> 32) as u32).to_le_bytes());
        body.extend((time as u32).to_le_bytes());
        body.extend(length.to_le_bytes()); // captured
        body.extend(length.to_le_bytes()); // on the wire
        body.extend(octets);
        pad(body);
        let flags: u32 = match direction {
            Direction::Received => 0b01,
            Direction::Sent => 0b10,
        };
        option(body, PACKET_FLAGS, &flags.to_le_bytes());
        if let Some(comment) = comment {
            option(body, COMMENT, comment.as_bytes());
        }
        option(body, END_OF_OPTIONS, &[]);
    })
}

fn block(kind: u32, fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = Vec::new();
    fill(&mut body);
    // A packet is at most a segment and its headers, a comment at most 64 KiB: 32 bits hold it.
    let length = u32::try_from(body.len() + 12).unwrap_or(u32::MAX).to_le_bytes();
    [&kind.to_le_bytes(), &length, body.as_slice(), &length].concat()
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    // The length has 16 bits; a comment that is longer is cut, between two characters.
    let mut end = value.len().min(LONGEST_OPTION);
    while end < value.len() && value.get(end).is_some_and(|octet| octet & 0xc0 == 0x80) {
        end -= 1;
    }
    let value = value.get(..end).unwrap_or_default();
    body.extend(code.to_le_bytes());
    body.extend((end as u16).to_le_bytes());
    body.extend(value);
    pad(body);
}

/// Fields begin on multiples of four octets.
fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const ETHERNET: u16 = 1;
const NANOSECONDS: u8 = 9;

const END_OF_OPTIONS: u16 = 0;
const COMMENT: u16 = 1;
const USER_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const TIME_STAMP_RESOLUTION: u16 = 9;
const PACKET_FLAGS: u16 = 2;

const LONGEST_OPTION: usize = 0xfffc;
