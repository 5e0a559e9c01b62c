//! The capture, read back with software that is not ours.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dlms_link::blocking::Stream;
use dlms_link::capture::{Capture, CaptureError};
use pcap_file::pcapng::PcapNgReader;
use pcap_file::pcapng::blocks::Block;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::SectionHeaderOption;

use crate::help::{Folder, soon, transport};

/// A packet as the independent reader sees it.
#[derive(Debug)]
struct Packet {
    octets: Vec<u8>,
    time: Duration,
    outbound: bool,
    comment: Option<String>,
}

impl Packet {
    fn payload(&self) -> &[u8] {
        let ip = if self.octets[12..14] == [0x08, 0x00] { 20 } else { 40 };
        &self.octets[14 + ip + 20..]
    }

    fn tcp_field(&self, at: usize) -> u32 {
        let ip = if self.octets[12..14] == [0x08, 0x00] { 20 } else { 40 };
        let field = &self.octets[14 + ip + at..][..4];
        u32::from_be_bytes(field.try_into().unwrap())
    }
}

fn read_back(path: &Path) -> (Vec<String>, Vec<Packet>) {
    let mut reader = PcapNgReader::new(File::open(path).unwrap()).unwrap();
    let mut comments = Vec::new();
    let mut packets = Vec::new();
    for option in &reader.section().options {
        if let SectionHeaderOption::Common(CommonOption::Comment(comment)) = option {
            comments.push(comment.to_string());
        }
    }
    while let Some(block) = reader.next_block() {
        let (block, _) = block.unwrap();
        let Block::EnhancedPacket(packet) = block else { continue };
        let mut read = Packet {
            octets: packet.data.to_vec(),
            time: packet.timestamp,
            outbound: false,
            comment: None,
        };
        for option in &packet.options {
            match option {
                EnhancedPacketOption::Flags(flags) => read.outbound = flags & 3 == 2,
                EnhancedPacketOption::Common(CommonOption::Comment(comment)) => {
                    read.comment = Some(comment.to_string());
                }
                _ => {}
            }
        }
        packets.push(read);
    }
    (comments, packets)
}

/// One request, one long answer, both ends closed; what is left is the file.
fn conversation(path: &Path, listen: &str) -> Capture {
    let listener = TcpListener::bind(listen).unwrap();
    let meter = transport(&format!("tcp://{}", listener.local_addr().unwrap()));
    let mut near = Stream::connect(&meter, soon()).unwrap();
    let mut far = Stream::accepted(listener.accept().unwrap().0).unwrap();
    let capture = Capture::create(path, &["made by a test"]).unwrap();
    near.record(&capture);
    capture.comment_next_sent("holds a password");
    near.write_all_deadline(REQUEST, soon()).unwrap();
    let mut octets = [0; 8_192];
    far.read_deadline(&mut octets, soon()).unwrap();
    far.write_all_deadline(&[0x5a; LONG], soon()).unwrap();
    let mut count = 0;
    while count < LONG {
        count += near.read_deadline(&mut octets, soon()).unwrap();
    }
    near.write_all_deadline(REQUEST, soon()).unwrap();
    far.close().unwrap();
    assert_eq!(near.read_deadline(&mut octets, soon()).unwrap(), 0);
    near.close().unwrap();
    capture
}

const REQUEST: &[u8] = &[0, 1, 0, 16, 0, 1, 0, 13, 0xc0, 1, 0xc1, 0, 8, 0, 0, 1, 0, 0, 0xff, 2, 0];
const LONG: usize = 5_000;

#[test]
fn a_conversation_reads_back_with_an_independent_reader() {
    for (name, listen) in [("v4", "127.0.0.1:0"), ("v6", "[::1]:0")] {
        let folder = Folder::new(&format!("read-back-{name}"));
        let path = folder.file("talk.pcapng");
        conversation(&path, listen).check().unwrap();
        let (comments, packets) = read_back(&path);
        assert!(comments[0].contains("made up"), "{comments:?}");
        assert_eq!(comments[1], "made by a test");

        let sent: Vec<u8> = payloads(&packets, true);
        let received: Vec<u8> = payloads(&packets, false);
        assert_eq!(sent, [REQUEST, REQUEST].concat());
        assert_eq!(received, vec![0x5a; LONG]);
        assert!(
            packets.iter().all(|packet| packet.octets.len() <= 1_514),
            "an Ethernet frame each"
        );

        let commented: Vec<_> =
            packets.iter().filter_map(|p| Some((p.payload(), p.comment.as_deref()?))).collect();
        assert!(commented[0].1.contains("written as 4059"), "{commented:?}");
        assert_eq!(commented[1], (REQUEST, "holds a password"));
        assert_eq!(commented.len(), 2);

        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(now.saturating_sub(packets[0].time) < Duration::from_secs(60));
        assert!(packets.is_sorted_by_key(|packet| packet.time));
    }
}

fn payloads(packets: &[Packet], outbound: bool) -> Vec<u8> {
    packets.iter().filter(|p| p.outbound == outbound).flat_map(|p| p.payload().to_vec()).collect()
}

#[test]
fn sequence_numbers_follow_the_octets() {
    let folder = Folder::new("sequence");
    let path = folder.file("talk.pcapng");
    conversation(&path, "127.0.0.1:0");
    let (_, packets) = read_back(&path);
    let mut next = [0_u32; 2];
    for packet in &packets {
        let [ours, theirs] = if packet.outbound { [1, 0] } else { [0, 1] };
        assert_eq!(packet.tcp_field(4), next[ours], "sequence of {packet:?}");
        let flags = packet.tcp_field(12) >> 16 & 0xff;
        if flags & 0x10 != 0 {
            assert_eq!(packet.tcp_field(8), next[theirs], "acknowledgement of {packet:?}");
        }
        next[ours] += packet.payload().len() as u32 + u32::from(flags & 3 != 0);
    }
    // SYN, two requests, FIN · SYN, answer, FIN.
    assert_eq!(next[1], 1 + 2 * REQUEST.len() as u32 + 1);
    assert_eq!(next[0], 1 + LONG as u32 + 1);
}

#[test]
fn an_independent_analyser_finds_nothing_wrong() {
    for (name, listen) in [("v4", "127.0.0.1:0"), ("v6", "[::1]:0")] {
        let folder = Folder::new(&format!("tshark-{name}"));
        let path = folder.file("talk.pcapng");
        conversation(&path, listen).check().unwrap();
        let checks = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE"];
        let mut tshark = Command::new("tshark");
        for check in checks {
            tshark.args(["-o", check]);
        }
        let fields =
            ["ip.checksum.status", "tcp.checksum.status", "tcp.port", "_ws.expert.message"];
        tshark.args(["-r"]).arg(&path).args(["-T", "fields", "-E", "separator=|"]);
        for field in fields {
            tshark.args(["-e", field]);
        }
        let Ok(output) = tshark.output() else {
            println!("skipped: tshark is not installed");
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.lines().count() >= 10, "{text}");
        for line in text.lines() {
            let columns: Vec<&str> = line.splitn(4, '|').collect();
            assert!(columns[0] == "1" || (columns[0].is_empty() && name == "v6"), "IP: {line}");
            assert_eq!(columns[1], "1", "TCP: {line}");
            assert!(columns[2].split(',').any(|port| port == "4059"), "{line}");
            for problem in [
                "retransmission",
                "Out-Of-Order",
                "not captured",
                "unseen",
                "Duplicate",
                "Malformed",
            ] {
                assert!(!columns[3].contains(problem), "{line}");
            }
        }
    }
}

#[test]
fn a_file_is_readable_while_it_is_written() {
    let folder = Folder::new("unfinished");
    let path = folder.file("talk.pcapng");
    let capture = Capture::create(&path, &[]).unwrap();
    let (mut near, _far) = Stream::memory_pair(64);
    near.record(&capture);
    near.write_all_deadline(REQUEST, soon()).unwrap();
    // Nothing was closed, flushed or dropped: this is what a killed program leaves.
    let (_, packets) = read_back(&path);
    assert_eq!(payloads(&packets, true), REQUEST);
}

#[test]
fn several_streams_share_a_file() {
    let folder = Folder::new("several");
    let path = folder.file("talk.pcapng");
    let capture = Capture::create(&path, &[]).unwrap();
    let mut ports = Vec::new();
    for _ in 0..3 {
        let (mut near, _far) = Stream::memory_pair(64);
        near.record(&capture);
        near.write_all_deadline(REQUEST, soon()).unwrap();
    }
    let (_, packets) = read_back(&path);
    for packet in packets.iter().filter(|packet| !packet.payload().is_empty()) {
        ports.push(packet.tcp_field(0) >> 16);
    }
    ports.dedup();
    assert_eq!(ports.len(), 3, "each has a port of its own: {ports:?}");
}

#[test]
fn the_server_side_is_recorded_from_its_own_end() {
    let folder = Folder::new("server");
    let path = folder.file("talk.pcapng");
    let capture = Capture::create(&path, &[]).unwrap();
    let (mut near, mut far) = Stream::memory_pair(64);
    far.record(&capture);
    near.write_all_deadline(REQUEST, soon()).unwrap();
    far.read_deadline(&mut [0; 64], soon()).unwrap();
    let (_, packets) = read_back(&path);
    assert!(!packets[0].outbound, "the client opened the connection");
    assert_eq!(packets[0].tcp_field(0) & 0xffff, 4_059, "and the server's port is ours");
    assert_eq!(payloads(&packets, false), REQUEST);
}

#[test]
fn a_comment_that_is_too_long_is_cut_between_two_characters() {
    let folder = Folder::new("long-comment");
    let path = folder.file("talk.pcapng");
    Capture::create(&path, &[&format!("x{}", "é".repeat(60_000))]).unwrap();
    let (comments, _) = read_back(&path);
    assert!(comments[1].len() > 65_000 && comments[1].ends_with('é'));
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone_also_where_one_was_before() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("mode");
    let path = folder.file("talk.pcapng");
    std::fs::write(&path, "something older and longer than the new head".repeat(100)).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    Capture::create(&path, &[]).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(read_back(&path).1.len(), 0);
}

#[cfg(unix)]
#[test]
fn neither_a_link_nor_a_device_is_written_to() {
    let folder = Folder::new("link");
    let (target, link) = (folder.file("precious"), folder.file("talk.pcapng"));
    std::fs::write(&target, "precious").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    for path in [link.as_path(), Path::new("/dev/null"), &folder.file("")] {
        let error = Capture::create(path, &[]).unwrap_err();
        assert!(matches!(error, CaptureError::NotAFile { .. }), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
}

#[test]
fn a_folder_that_is_not_there_is_an_error_with_its_name() {
    let folder = Folder::new("missing");
    let error = Capture::create(&folder.file("no/talk.pcapng"), &[]).unwrap_err();
    assert!(matches!(error, CaptureError::Create { .. }));
    assert!(error.to_string().contains("talk.pcapng"), "{error}");
}
