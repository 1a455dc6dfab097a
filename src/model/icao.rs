//! ICAO 24-bit aircraft addresses and the States that their blocks are allocated to (ICAO Annex 10, volume III, part I,
//! chapter 9, table 9-1).

use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// A 24-bit aircraft address; never 0 or all ones, which are allocated to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Icao(NonZeroU32);

impl Icao {
    /// Returns the address of a number; `None` for 0, for all ones, and for more than 24 bits.
    pub fn new(address: u32) -> Option<Icao> {
        NonZeroU32::new(address).filter(|address| address.get() < 0xff_ffff).map(Icao)
    }

    /// Reads six hexadecimal digits; `None` for any other text.
    pub fn of_hex(digits: &str) -> Option<Icao> {
        let six = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| six).and_then(Icao::new)
    }

    /// Returns the address as a number.
    pub fn address(self) -> u32 {
        self.0.get()
    }

    /// Returns the State or territory, ISO 3166-1 alpha-3, of the address block; `None` where the block is not allocated.
    pub fn flag(self) -> Option<&'static str> {
        let address = self.address();
        let after = BLOCKS.partition_point(|&(first, ..)| first <= address);
        let &(_, last, state) = BLOCKS.get(after.checked_sub(1)?)?;
        (address <= last).then_some(state)
    }
}

impl fmt::Display for Icao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06x}", self.0)
    }
}

/// First address, last address and State of each block, sorted.
#[rustfmt::skip]
static BLOCKS: &[(u32, u32, &str)] = &[
    (0x004000, 0x0043ff, "ZWE"), (0x006000, 0x006fff, "MOZ"), (0x008000, 0x00ffff, "ZAF"),
    (0x010000, 0x017fff, "EGY"), (0x018000, 0x01ffff, "LBY"), (0x020000, 0x027fff, "MAR"),
    (0x028000, 0x02ffff, "TUN"), (0x030000, 0x0303ff, "BWA"), (0x032000, 0x032fff, "BDI"),
    (0x034000, 0x034fff, "CMR"), (0x035000, 0x0353ff, "COM"), (0x036000, 0x036fff, "COG"),
    (0x038000, 0x038fff, "CIV"), (0x03e000, 0x03efff, "GAB"), (0x040000, 0x040fff, "ETH"),
    (0x042000, 0x042fff, "GNQ"), (0x044000, 0x044fff, "GHA"), (0x046000, 0x046fff, "GIN"),
    (0x048000, 0x0483ff, "GNB"), (0x04a000, 0x04a3ff, "LSO"), (0x04c000, 0x04cfff, "KEN"),
    (0x050000, 0x050fff, "LBR"), (0x054000, 0x054fff, "MDG"), (0x058000, 0x058fff, "MWI"),
    (0x05a000, 0x05a3ff, "MDV"), (0x05c000, 0x05cfff, "MLI"), (0x05e000, 0x05e3ff, "MRT"),
    (0x060000, 0x0603ff, "MUS"), (0x062000, 0x062fff, "NER"), (0x064000, 0x064fff, "NGA"),
    (0x068000, 0x068fff, "UGA"), (0x06a000, 0x06a3ff, "QAT"), (0x06c000, 0x06cfff, "CAF"),
    (0x06e000, 0x06efff, "RWA"), (0x070000, 0x070fff, "SEN"), (0x074000, 0x0743ff, "SYC"),
    (0x076000, 0x0763ff, "SLE"), (0x078000, 0x078fff, "SOM"), (0x07a000, 0x07a3ff, "SWZ"),
    (0x07c000, 0x07cfff, "SDN"), (0x080000, 0x080fff, "TZA"), (0x084000, 0x084fff, "TCD"),
    (0x088000, 0x088fff, "TGO"), (0x08a000, 0x08afff, "ZMB"), (0x08c000, 0x08cfff, "COD"),
    (0x090000, 0x090fff, "AGO"), (0x094000, 0x0943ff, "BEN"), (0x096000, 0x0963ff, "CPV"),
    (0x098000, 0x0983ff, "DJI"), (0x09a000, 0x09afff, "GMB"), (0x09c000, 0x09cfff, "BFA"),
    (0x09e000, 0x09e3ff, "STP"), (0x0a0000, 0x0a7fff, "DZA"), (0x0a8000, 0x0a8fff, "BHS"),
    (0x0aa000, 0x0aa3ff, "BRB"), (0x0ab000, 0x0ab3ff, "BLZ"), (0x0ac000, 0x0acfff, "COL"),
    (0x0ae000, 0x0aefff, "CRI"), (0x0b0000, 0x0b0fff, "CUB"), (0x0b2000, 0x0b2fff, "SLV"),
    (0x0b4000, 0x0b4fff, "GTM"), (0x0b6000, 0x0b6fff, "GUY"), (0x0b8000, 0x0b8fff, "HTI"),
    (0x0ba000, 0x0bafff, "HND"), (0x0bc000, 0x0bc3ff, "VCT"), (0x0be000, 0x0befff, "JAM"),
    (0x0c0000, 0x0c0fff, "NIC"), (0x0c2000, 0x0c2fff, "PAN"), (0x0c4000, 0x0c4fff, "DOM"),
    (0x0c6000, 0x0c6fff, "TTO"), (0x0c8000, 0x0c8fff, "SUR"), (0x0ca000, 0x0ca3ff, "ATG"),
    (0x0cc000, 0x0cc3ff, "GRD"), (0x0d0000, 0x0d7fff, "MEX"), (0x0d8000, 0x0dffff, "VEN"),
    (0x100000, 0x1fffff, "RUS"), (0x201000, 0x2013ff, "NAM"), (0x202000, 0x2023ff, "ERI"),
    (0x300000, 0x33ffff, "ITA"), (0x340000, 0x37ffff, "ESP"), (0x380000, 0x3bffff, "FRA"),
    (0x3c0000, 0x3fffff, "DEU"), (0x400000, 0x43ffff, "GBR"), (0x440000, 0x447fff, "AUT"),
    (0x448000, 0x44ffff, "BEL"), (0x450000, 0x457fff, "BGR"), (0x458000, 0x45ffff, "DNK"),
    (0x460000, 0x467fff, "FIN"), (0x468000, 0x46ffff, "GRC"), (0x470000, 0x477fff, "HUN"),
    (0x478000, 0x47ffff, "NOR"), (0x480000, 0x487fff, "NLD"), (0x488000, 0x48ffff, "POL"),
    (0x490000, 0x497fff, "PRT"), (0x498000, 0x49ffff, "CZE"), (0x4a0000, 0x4a7fff, "ROU"),
    (0x4a8000, 0x4affff, "SWE"), (0x4b0000, 0x4b7fff, "CHE"), (0x4b8000, 0x4bffff, "TUR"),
    (0x4c0000, 0x4c7fff, "SRB"), (0x4c8000, 0x4c83ff, "CYP"), (0x4ca000, 0x4cafff, "IRL"),
    (0x4cc000, 0x4ccfff, "ISL"), (0x4d0000, 0x4d03ff, "LUX"), (0x4d2000, 0x4d23ff, "MLT"),
    (0x4d4000, 0x4d43ff, "MCO"), (0x500000, 0x5003ff, "SMR"), (0x501000, 0x5013ff, "ALB"),
    (0x501c00, 0x501fff, "HRV"), (0x502c00, 0x502fff, "LVA"), (0x503c00, 0x503fff, "LTU"),
    (0x504c00, 0x504fff, "MDA"), (0x505c00, 0x505fff, "SVK"), (0x506c00, 0x506fff, "SVN"),
    (0x507c00, 0x507fff, "UZB"), (0x508000, 0x50ffff, "UKR"), (0x510000, 0x5103ff, "BLR"),
    (0x511000, 0x5113ff, "EST"), (0x512000, 0x5123ff, "MKD"), (0x513000, 0x5133ff, "BIH"),
    (0x514000, 0x5143ff, "GEO"), (0x515000, 0x5153ff, "TJK"), (0x516000, 0x5163ff, "MNE"),
    (0x600000, 0x6003ff, "ARM"), (0x600800, 0x600bff, "AZE"), (0x601000, 0x6013ff, "KGZ"),
    (0x601800, 0x601bff, "TKM"), (0x680000, 0x6803ff, "BTN"), (0x681000, 0x6813ff, "FSM"),
    (0x682000, 0x6823ff, "MNG"), (0x683000, 0x6833ff, "KAZ"), (0x684000, 0x6843ff, "PLW"),
    (0x700000, 0x700fff, "AFG"), (0x702000, 0x702fff, "BGD"), (0x704000, 0x704fff, "MMR"),
    (0x706000, 0x706fff, "KWT"), (0x708000, 0x708fff, "LAO"), (0x70a000, 0x70afff, "NPL"),
    (0x70c000, 0x70c3ff, "OMN"), (0x70e000, 0x70efff, "KHM"), (0x710000, 0x717fff, "SAU"),
    (0x718000, 0x71ffff, "KOR"), (0x720000, 0x727fff, "PRK"), (0x728000, 0x72ffff, "IRQ"),
    (0x730000, 0x737fff, "IRN"), (0x738000, 0x73ffff, "ISR"), (0x740000, 0x747fff, "JOR"),
    (0x748000, 0x74ffff, "LBN"), (0x750000, 0x757fff, "MYS"), (0x758000, 0x75ffff, "PHL"),
    (0x760000, 0x767fff, "PAK"), (0x768000, 0x76ffff, "SGP"), (0x770000, 0x777fff, "LKA"),
    (0x778000, 0x77ffff, "SYR"), (0x780000, 0x7bffff, "CHN"), (0x7c0000, 0x7fffff, "AUS"),
    (0x800000, 0x83ffff, "IND"), (0x840000, 0x87ffff, "JPN"), (0x880000, 0x887fff, "THA"),
    (0x888000, 0x88ffff, "VNM"), (0x890000, 0x890fff, "YEM"), (0x894000, 0x894fff, "BHR"),
    (0x895000, 0x8953ff, "BRN"), (0x896000, 0x896fff, "ARE"), (0x897000, 0x8973ff, "SLB"),
    (0x898000, 0x898fff, "PNG"), (0x8a0000, 0x8a7fff, "IDN"), (0x900000, 0x9003ff, "MHL"),
    (0x901000, 0x9013ff, "COK"), (0x902000, 0x9023ff, "WSM"), (0xa00000, 0xafffff, "USA"),
    (0xc00000, 0xc3ffff, "CAN"), (0xc80000, 0xc87fff, "NZL"), (0xc88000, 0xc88fff, "FJI"),
    (0xc8a000, 0xc8a3ff, "NRU"), (0xc8c000, 0xc8c3ff, "LCA"), (0xc8d000, 0xc8d3ff, "TON"),
    (0xc8e000, 0xc8e3ff, "KIR"), (0xc90000, 0xc903ff, "VUT"), (0xe00000, 0xe3ffff, "ARG"),
    (0xe40000, 0xe7ffff, "BRA"), (0xe80000, 0xe80fff, "CHL"), (0xe84000, 0xe84fff, "ECU"),
    (0xe88000, 0xe88fff, "PRY"), (0xe8c000, 0xe8cfff, "PER"), (0xe90000, 0xe90fff, "URY"),
    (0xe94000, 0xe94fff, "BOL"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_states() {
        for (hex, state) in [
            ("0be123", Some("JAM")),
            ("0aa3ff", Some("BRB")),
            ("0aa400", None),
            ("a00000", Some("USA")),
            ("3461ce", Some("ESP")),
            ("4ca216", Some("IRL")),
            ("000001", None),
            ("f00000", None),
        ] {
            assert_eq!(Icao::of_hex(hex).expect("an address").flag(), state, "{hex}");
        }
        for none in ["000000", "ffffff", "1234567", "12345", "12345g", "+12345"] {
            assert_eq!(Icao::of_hex(none), None, "{none}");
        }
    }

    #[test]
    fn blocks_in_order_and_apart() {
        assert!(BLOCKS.windows(2).all(|two| two[0].1 < two[1].0));
        assert!(BLOCKS.iter().all(|&(first, last, _)| first < last && (last + 1) % 0x400 == 0));
    }
}
