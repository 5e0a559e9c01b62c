//! The profile that everything is measured with: 1,000 rows of 38 octets.
//!
//! | octets | 0–1     | 2–15                  | 16–17           | 18–37                               |
//! |--------|---------|-----------------------|-----------------|-------------------------------------|
//! | field  | `02 06` | `09 0c` and the clock | `11` and status | four times `06` and a register      |
//!
//! Written octet by octet, so that the encoder under test is not what makes its own input.

/// Rows of the profile.
pub const ROWS: usize = 1_000;
/// Octets of a row.
pub const ROW: usize = 38;
/// The register whose column is summed up: 0 to 3.
pub(crate) const COLUMN: usize = 2;

/// The encoded profile: an array of [`ROWS`] structures behind a head of four octets.
#[must_use]
pub fn octets() -> Vec<u8> {
    let mut out = vec![0x01, 0x82];
    out.extend((ROWS as u16).to_be_bytes());
    for row in 0..ROWS as u32 {
        let (day, quarter) = (row / 96, row % 96);
        let (hour, minute) = (quarter / 4, quarter % 4 * 15);
        let [day, hour, minute] = [day + 1, hour, minute].map(|part| part as u8);
        out.extend([0x02, 0x06, 0x09, 0x0c]);
        out.extend([0x07, 0xea, 1, day, 0xff, hour, minute, 0, 0, 0xff, 0xc4, 0]);
        out.extend([0x11, (row % 8) as u8]);
        for register in 0..4 {
            out.push(0x06);
            out.extend(register_value(row, register).to_be_bytes());
        }
    }
    out
}

/// The sum of the column, from the rule of the values and not from their octets.
#[cfg(test)]
pub(crate) fn sum() -> u64 {
    (0..ROWS as u32).map(|row| u64::from(register_value(row, COLUMN as u32))).sum()
}

const fn register_value(row: u32, register: u32) -> u32 {
    1_000_000 * (register + 1) + row * (17 + register)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_38_octets() {
        assert_eq!(octets().len(), 4 + ROWS * ROW);
    }
}
