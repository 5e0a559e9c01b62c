//! Ethernet, IP and TCP headers around octets that came from a stream.

use std::net::{IpAddr, SocketAddr};

use super::pcapng::Direction;

/// The two ends of a stream, and how far each has counted.
#[derive(Debug)]
pub(super) struct Flow {
    local: End,
    peer: End,
    identification: u16,
}

#[derive(Debug)]
struct End {
    address: SocketAddr,
    hardware: [u8; 6],
    next_sequence: u32,
}

/// The flags of a TCP header that occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) const SYN: Self = Self(0x02);
    pub(super) const SYN_ACK: Self = Self(0x12);
    pub(super) const ACK: Self = Self(0x10);
    pub(super) const PUSH_ACK: Self = Self(0x18);
    pub(super) const FIN_ACK: Self = Self(0x11);

    /// SYN and FIN count as an octet.
    fn counts(self) -> u32 {
        u32::from(self.0 & 0x03 != 0)
    }
}

impl Flow {
    pub(super) fn new(local: SocketAddr, peer: SocketAddr) -> Self {
        // Locally administered addresses that differ in the last octet.
        let end =
            |address, last| End { address, hardware: [0x02, 0, 0, 0, 0, last], next_sequence: 0 };
        Self { local: end(local, 1), peer: end(peer, 2), identification: 0 }
    }

    /// The next packet in `direction`; its payload is at most some thousand octets.
    pub(super) fn packet(&mut self, direction: Direction, flags: Flags, payload: &[u8]) -> Vec<u8> {
        let (from, to) = match direction {
            Direction::Sent => (&mut self.local, &mut self.peer),
            Direction::Received => (&mut self.peer, &mut self.local),
        };
        let tcp = tcp(from, to, flags, payload);
        from.next_sequence = from.next_sequence.wrapping_add(payload.len() as u32 + flags.counts());
        self.identification = self.identification.wrapping_add(1);
        let (kind, ip) = match (from.address.ip(), to.address.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                (0x0800_u16, ipv4(source.octets(), destination.octets(), self.identification, &tcp))
            }
            (source, destination) => (0x86dd, ipv6(v6(source), v6(destination), &tcp)),
        };
        [&to.hardware, &from.hardware, kind.to_be_bytes().as_slice(), &ip].concat()
    }
}

fn tcp(from: &End, to: &End, flags: Flags, payload: &[u8]) -> Vec<u8> {
    let acknowledged = if flags == Flags::SYN { 0 } else { to.next_sequence };
    let mut segment = Vec::with_capacity(TCP_HEADER + payload.len());
    segment.extend(from.address.port().to_be_bytes());
    segment.extend(to.address.port().to_be_bytes());
    segment.extend(from.next_sequence.to_be_bytes());
    segment.extend(acknowledged.to_be_bytes());
    segment.extend([0x50, flags.0]); // header of five words
    segment.extend(u16::MAX.to_be_bytes()); // window
    segment.extend([0; 4]); // checksum, urgent pointer
    segment.extend(payload);
    let length = (segment.len() as u32).to_be_bytes();
    let sum = match (from.address.ip(), to.address.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            checksum(&[&source.octets(), &destination.octets(), &[0, TCP], &length, &segment])
        }
        (source, destination) => {
            checksum(&[&v6(source), &v6(destination), &length, &[0, 0, 0, TCP], &segment])
        }
    };
    if let Some(field) = segment.get_mut(16..18) {
        field.copy_from_slice(&sum.to_be_bytes());
    }
    segment
}

fn ipv4(source: [u8; 4], destination: [u8; 4], identification: u16, tcp: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0]; // version 4, five words; no service class
    header.extend(((IPV4_HEADER + tcp.len()) as u16).to_be_bytes());
    header.extend(identification.to_be_bytes());
    header.extend([0x40, 0, 64, TCP, 0, 0]); // whole, 64 hops, checksum
    header.extend(source);
    header.extend(destination);
    let sum = checksum(&[&header]);
    if let Some(field) = header.get_mut(10..12) {
        field.copy_from_slice(&sum.to_be_bytes());
    }
    header.extend(tcp);
    header
}

fn ipv6(source: [u8; 16], destination: [u8; 16], tcp: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0]; // version 6, no class, no flow label
    header.extend((tcp.len() as u16).to_be_bytes());
    header.extend([TCP, 64]); // next header, 64 hops
    header.extend(source);
    header.extend(destination);
    header.extend(tcp);
    header
}

const fn v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// The Internet checksum (RFC 1071) of parts that follow one another, each but the last of an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u32;
    for part in parts {
        for pair in part.chunks(2) {
            let high = pair.first().copied().unwrap_or_default();
            let low = pair.get(1).copied().unwrap_or_default();
            sum += u32::from(u16::from_be_bytes([high, low]));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

const TCP: u8 = 6;
const TCP_HEADER: usize = 20;
const IPV4_HEADER: usize = 20;
