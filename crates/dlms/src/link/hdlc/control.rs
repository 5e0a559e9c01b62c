//! The control octet: what kind of frame it is, and the sequence numbers of those that have them.
//!
//! | frame | binary      | information |
//! |-------|-------------|-------------|
//! | I     | `RRR P SSS0` | yes        |
//! | RR    | `RRR P 0001` | no         |
//! | RNR   | `RRR P 0101` | no         |
//! | SNRM  | `100 P 0011` | optional   |
//! | DISC  | `010 P 0011` | optional   |
//! | UA    | `011 F 0011` | optional   |
//! | DM    | `000 F 1111` | optional   |
//! | FRMR  | `100 F 0111` | 3 octets   |
//! | UI    | `000 P 0011` | yes        |
//!
//! ```
//! use dlms::link::hdlc::{Control, Kind};
//! let control = Control(0x96);
//! assert_eq!(control.kind(), Kind::Information { send: 3, receive: 4 });
//! assert!(control.has_poll_final());
//! assert_eq!(Control::information(3, 4).with_poll_final(), control);
//! ```

use core::fmt;

/// The octet; it stays open, so that what no frame has can be answered with FRMR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Control(pub u8);

/// What a control octet says. Sequence numbers are 0 to 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// I: carries (a piece of) a message.
    Information {
        /// N(S): the number of this frame.
        send: u8,
        /// N(R): the number of the frame that is expected next.
        receive: u8,
    },
    /// RR: ready for the frame with that number.
    ReceiveReady {
        /// N(R).
        receive: u8,
    },
    /// RNR: not ready for it.
    ReceiveNotReady {
        /// N(R).
        receive: u8,
    },
    /// REJ: not in the profile; read as "send again from there".
    Reject {
        /// N(R).
        receive: u8,
    },
    /// SNRM: sets up the link.
    SetNormalResponseMode,
    /// DISC: ends it.
    Disconnect,
    /// UA: yes.
    UnnumberedAcknowledge,
    /// DM: there is no link.
    DisconnectedMode,
    /// FRMR: the link cannot go on.
    FrameReject,
    /// UI: a message outside of any link.
    UnnumberedInformation,
    /// None of these.
    Unknown,
}

const POLL_FINAL: u8 = 0x10;

impl Control {
    /// SNRM, with P.
    pub const SNRM: Self = Self(0x93);
    /// DISC, with P.
    pub const DISC: Self = Self(0x53);
    /// UA, with F.
    pub const UA: Self = Self(0x73);
    /// DM, with F.
    pub const DM: Self = Self(0x1f);
    /// FRMR, with F.
    pub const FRMR: Self = Self(0x97);
    /// UI, without P.
    pub const UI: Self = Self(0x03);

    /// An I frame without P or F. Numbers are taken modulo 8.
    #[must_use]
    pub const fn information(send: u8, receive: u8) -> Self {
        Self(((receive & 7) << 5) | ((send & 7) << 1))
    }

    /// RR without P or F.
    #[must_use]
    pub const fn receive_ready(receive: u8) -> Self {
        Self(((receive & 7) << 5) | 0x01)
    }

    /// RNR without P or F.
    #[must_use]
    pub const fn receive_not_ready(receive: u8) -> Self {
        Self(((receive & 7) << 5) | 0x05)
    }

    /// The same with P or F: the other side may speak.
    #[must_use]
    pub const fn with_poll_final(self) -> Self {
        Self(self.0 | POLL_FINAL)
    }

    /// Whether P or F is set.
    #[must_use]
    pub const fn has_poll_final(self) -> bool {
        self.0 & POLL_FINAL != 0
    }

    /// What it says.
    #[must_use]
    pub const fn kind(self) -> Kind {
        let receive = self.0 >> 5;
        match self.0 & !POLL_FINAL {
            octet if octet & 1 == 0 => Kind::Information { send: (octet >> 1) & 7, receive },
            octet if octet & 0x0f == 0x01 => Kind::ReceiveReady { receive },
            octet if octet & 0x0f == 0x05 => Kind::ReceiveNotReady { receive },
            octet if octet & 0x0f == 0x09 => Kind::Reject { receive },
            0x83 => Kind::SetNormalResponseMode,
            0x43 => Kind::Disconnect,
            0x63 => Kind::UnnumberedAcknowledge,
            0x0f => Kind::DisconnectedMode,
            0x87 => Kind::FrameReject,
            0x03 => Kind::UnnumberedInformation,
            _ => Kind::Unknown,
        }
    }

    /// The short name of the kind, as in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.kind() {
            Kind::Information { .. } => "I",
            Kind::ReceiveReady { .. } => "RR",
            Kind::ReceiveNotReady { .. } => "RNR",
            Kind::Reject { .. } => "REJ",
            Kind::SetNormalResponseMode => "SNRM",
            Kind::Disconnect => "DISC",
            Kind::UnnumberedAcknowledge => "UA",
            Kind::DisconnectedMode => "DM",
            Kind::FrameReject => "FRMR",
            Kind::UnnumberedInformation => "UI",
            Kind::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.kind() {
            Kind::Information { send, receive } => write!(f, " N(S)={send} N(R)={receive}")?,
            Kind::ReceiveReady { receive }
            | Kind::ReceiveNotReady { receive }
            | Kind::Reject { receive } => write!(f, " N(R)={receive}")?,
            _ => {}
        }
        if self.has_poll_final() { f.write_str(" P/F") } else { Ok(()) }
    }
}
