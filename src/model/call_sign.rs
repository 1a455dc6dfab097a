//! Call signs: the State that their first characters are allocated to (Radio Regulations, appendix 42).

/// Returns the State, ISO 3166-1 alpha-3, to which a ship's call sign is allocated; `None` for text that is no ship's call
/// sign.
///
/// Radio Regulations article 19 gives ships two or three characters of a series and then two letters, two letters and a
/// digit, or four digits; words that crews type in where they have none are no call signs.
pub fn state_of_call_sign(call_sign: &str) -> Option<&'static str> {
    let sign = call_sign.trim();
    let plain = sign.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let letters = sign.bytes().all(|b| b.is_ascii_uppercase());
    if !plain || !(4..=7).contains(&sign.len()) || letters && (sign.len() != 4 || WORDS.contains(&sign)) {
        return None;
    }
    let at = SERIES.partition_point(|&(first, ..)| first <= &sign[..first.len().min(sign.len())]);
    let (_, last, state) = SERIES[at.checked_sub(1)?];
    (&sign[..last.len()] <= last).then_some(state)
}

/// Returns whether two States have the same sovereign: a territory's ship may have its call sign from either.
pub fn same_sovereign(a: &str, b: &str) -> bool {
    sovereign(a) == sovereign(b)
}

fn sovereign(state: &str) -> &str {
    match state {
        "AIA" | "BMU" | "CYM" | "FLK" | "GIB" | "MSR" | "PCN" | "SHN" | "TCA" | "VGB" => "GBR",
        "ATF" | "GLP" | "GUF" | "MTQ" | "NCL" | "PYF" | "REU" | "SPM" | "WLF" => "FRA",
        "FRO" | "GRL" => "DNK",
        "ABW" | "CUW" => "NLD",
        "HKG" | "MAC" | "TWN" => "CHN",
        "ASM" | "MNP" | "PRI" | "VIR" => "USA",
        "CCK" | "CXR" => "AUS",
        "COK" | "NIU" => "NZL",
        _ => state,
    }
}

/// Words that crews enter instead of a call sign.
const WORDS: &[&str] = &["BOAT", "CALL", "NONE", "NULL", "SHIP", "SAIL", "TEST", "VHFR"];

/// First prefix, last prefix and State of each series, sorted. A prefix of no series has no State.
#[rustfmt::skip]
static SERIES: &[(&str, &str, &str)] = &[
    ("2A", "2Z", "GBR"), ("3A", "3A", "MCO"), ("3B", "3B", "MUS"), ("3C", "3C", "GNQ"), ("3DA", "3DM", "SWZ"),
    ("3DN", "3DZ", "FJI"), ("3E", "3F", "PAN"), ("3G", "3G", "CHL"), ("3H", "3U", "CHN"), ("3V", "3V", "TUN"),
    ("3W", "3W", "VNM"), ("3X", "3X", "GIN"), ("3Y", "3Y", "NOR"), ("3Z", "3Z", "POL"), ("4A", "4C", "MEX"),
    ("4D", "4I", "PHL"), ("4J", "4K", "AZE"), ("4L", "4L", "GEO"), ("4M", "4M", "VEN"), ("4O", "4O", "MNE"),
    ("4P", "4S", "LKA"), ("4T", "4T", "PER"), ("4V", "4V", "HTI"), ("4W", "4W", "TLS"), ("4X", "4X", "ISR"),
    ("4Z", "4Z", "ISR"), ("5A", "5A", "LBY"), ("5B", "5B", "CYP"), ("5C", "5G", "MAR"), ("5H", "5I", "TZA"),
    ("5J", "5K", "COL"), ("5L", "5M", "LBR"), ("5N", "5O", "NGA"), ("5P", "5Q", "DNK"), ("5R", "5S", "MDG"),
    ("5T", "5T", "MRT"), ("5U", "5U", "NER"), ("5V", "5V", "TGO"), ("5W", "5W", "WSM"), ("5X", "5X", "UGA"),
    ("5Y", "5Z", "KEN"), ("6A", "6B", "EGY"), ("6C", "6C", "SYR"), ("6D", "6J", "MEX"), ("6K", "6N", "KOR"),
    ("6O", "6O", "SOM"), ("6P", "6S", "PAK"), ("6T", "6U", "SDN"), ("6V", "6W", "SEN"), ("6X", "6X", "MDG"),
    ("6Y", "6Y", "JAM"), ("6Z", "6Z", "LBR"), ("7A", "7I", "IDN"), ("7J", "7N", "JPN"), ("7O", "7O", "YEM"),
    ("7P", "7P", "LSO"), ("7Q", "7Q", "MWI"), ("7R", "7R", "DZA"), ("7S", "7S", "SWE"), ("7T", "7Y", "DZA"),
    ("7Z", "7Z", "SAU"), ("8A", "8I", "IDN"), ("8J", "8N", "JPN"), ("8O", "8O", "BWA"), ("8P", "8P", "BRB"),
    ("8Q", "8Q", "MDV"), ("8R", "8R", "GUY"), ("8S", "8S", "SWE"), ("8T", "8Y", "IND"), ("8Z", "8Z", "SAU"),
    ("9A", "9A", "HRV"), ("9B", "9D", "IRN"), ("9E", "9F", "ETH"), ("9G", "9G", "GHA"), ("9H", "9H", "MLT"),
    ("9I", "9J", "ZMB"), ("9K", "9K", "KWT"), ("9L", "9L", "SLE"), ("9M", "9M", "MYS"), ("9N", "9N", "NPL"),
    ("9O", "9T", "COD"), ("9U", "9U", "BDI"), ("9V", "9V", "SGP"), ("9W", "9W", "MYS"), ("9X", "9X", "RWA"),
    ("9Y", "9Z", "TTO"), ("A2", "A2", "BWA"), ("A3", "A3", "TON"), ("A4", "A4", "OMN"), ("A5", "A5", "BTN"),
    ("A6", "A6", "ARE"), ("A7", "A7", "QAT"), ("A8", "A8", "LBR"), ("A9", "A9", "BHR"), ("AA", "AL", "USA"),
    ("AM", "AO", "ESP"), ("AP", "AS", "PAK"), ("AT", "AW", "IND"), ("AX", "AX", "AUS"), ("AY", "AZ", "ARG"),
    ("BA", "BZ", "CHN"), ("C2", "C2", "NRU"), ("C3", "C3", "AND"), ("C4", "C4", "CYP"), ("C5", "C5", "GMB"),
    ("C6", "C6", "BHS"), ("C8", "C9", "MOZ"), ("CA", "CE", "CHL"), ("CF", "CK", "CAN"), ("CL", "CM", "CUB"),
    ("CN", "CN", "MAR"), ("CO", "CO", "CUB"), ("CP", "CP", "BOL"), ("CQ", "CU", "PRT"), ("CV", "CX", "URY"),
    ("CY", "CZ", "CAN"), ("D2", "D3", "AGO"), ("D4", "D4", "CPV"), ("D5", "D5", "LBR"), ("D6", "D6", "COM"),
    ("D7", "D9", "KOR"), ("DA", "DR", "DEU"), ("DS", "DT", "KOR"), ("DU", "DZ", "PHL"), ("E2", "E2", "THA"),
    ("E3", "E3", "ERI"), ("E5", "E5", "COK"), ("E7", "E7", "BIH"), ("EA", "EH", "ESP"), ("EI", "EJ", "IRL"),
    ("EK", "EK", "ARM"), ("EL", "EL", "LBR"), ("EM", "EO", "UKR"), ("EP", "EQ", "IRN"), ("ER", "ER", "MDA"),
    ("ES", "ES", "EST"), ("ET", "ET", "ETH"), ("EU", "EW", "BLR"), ("EX", "EX", "KGZ"), ("EY", "EY", "TJK"),
    ("EZ", "EZ", "TKM"), ("FA", "FZ", "FRA"), ("GA", "GZ", "GBR"), ("H2", "H2", "CYP"), ("H3", "H3", "PAN"),
    ("H4", "H4", "SLB"), ("H6", "H7", "NIC"), ("H8", "H9", "PAN"), ("HA", "HA", "HUN"), ("HB", "HB", "CHE"),
    ("HC", "HD", "ECU"), ("HE", "HE", "CHE"), ("HF", "HF", "POL"), ("HG", "HG", "HUN"), ("HH", "HH", "HTI"),
    ("HI", "HI", "DOM"), ("HJ", "HK", "COL"), ("HL", "HL", "KOR"), ("HM", "HM", "PRK"), ("HN", "HN", "IRQ"),
    ("HO", "HP", "PAN"), ("HQ", "HR", "HND"), ("HS", "HS", "THA"), ("HT", "HT", "NIC"), ("HU", "HU", "SLV"),
    ("HV", "HV", "VAT"), ("HZ", "HZ", "SAU"), ("IA", "IZ", "ITA"), ("J2", "J2", "DJI"), ("J3", "J3", "GRD"),
    ("J4", "J4", "GRC"), ("J5", "J5", "GNB"), ("J6", "J6", "LCA"), ("J7", "J7", "DMA"), ("J8", "J8", "VCT"),
    ("JA", "JS", "JPN"), ("JT", "JV", "MNG"), ("JW", "JX", "NOR"), ("JY", "JY", "JOR"), ("JZ", "JZ", "IDN"),
    ("KA", "KZ", "USA"), ("L2", "L9", "ARG"), ("LA", "LN", "NOR"), ("LO", "LW", "ARG"), ("LX", "LX", "LUX"),
    ("LY", "LY", "LTU"), ("LZ", "LZ", "BGR"), ("MA", "MZ", "GBR"), ("NA", "NZ", "USA"), ("OA", "OC", "PER"),
    ("OD", "OD", "LBN"), ("OE", "OE", "AUT"), ("OF", "OJ", "FIN"), ("OK", "OL", "CZE"), ("OM", "OM", "SVK"),
    ("ON", "OT", "BEL"), ("OU", "OZ", "DNK"), ("P2", "P2", "PNG"), ("P3", "P3", "CYP"), ("P4", "P4", "ABW"),
    ("PA", "PI", "NLD"), ("PJ", "PJ", "CUW"), ("PK", "PO", "IDN"), ("PP", "PY", "BRA"), ("PZ", "PZ", "SUR"),
    ("RA", "RZ", "RUS"), ("S2", "S3", "BGD"), ("S5", "S5", "SVN"), ("S6", "S6", "SGP"), ("S7", "S7", "SYC"),
    ("S9", "S9", "STP"), ("SA", "SM", "SWE"), ("SN", "SR", "POL"), ("SU", "SU", "EGY"), ("SV", "SZ", "GRC"),
    ("T2", "T2", "TUV"), ("T3", "T3", "KIR"), ("T7", "T7", "SMR"), ("T8", "T8", "PLW"), ("TA", "TC", "TUR"),
    ("TD", "TD", "GTM"), ("TE", "TE", "CRI"), ("TF", "TF", "ISL"), ("TG", "TG", "GTM"), ("TH", "TH", "FRA"),
    ("TI", "TI", "CRI"), ("TJ", "TJ", "CMR"), ("TK", "TK", "FRA"), ("TL", "TL", "CAF"), ("TM", "TM", "FRA"),
    ("TN", "TN", "COG"), ("TO", "TQ", "FRA"), ("TR", "TR", "GAB"), ("TS", "TS", "TUN"), ("TT", "TT", "TCD"),
    ("TU", "TU", "CIV"), ("TV", "TX", "FRA"), ("TY", "TY", "BEN"), ("TZ", "TZ", "MLI"), ("UA", "UI", "RUS"),
    ("UJ", "UM", "UZB"), ("UN", "UQ", "KAZ"), ("UR", "UZ", "UKR"), ("V2", "V2", "ATG"), ("V3", "V3", "BLZ"),
    ("V4", "V4", "KNA"), ("V5", "V5", "NAM"), ("V6", "V6", "FSM"), ("V7", "V7", "MHL"), ("V8", "V8", "BRN"),
    ("VA", "VG", "CAN"), ("VH", "VN", "AUS"), ("VO", "VO", "CAN"), ("VP", "VQ", "GBR"), ("VR", "VR", "HKG"),
    ("VS", "VS", "GBR"), ("VT", "VW", "IND"), ("VX", "VY", "CAN"), ("VZ", "VZ", "AUS"), ("WA", "WZ", "USA"),
    ("XA", "XI", "MEX"), ("XJ", "XO", "CAN"), ("XP", "XP", "DNK"), ("XQ", "XR", "CHL"), ("XS", "XS", "CHN"),
    ("XT", "XT", "BFA"), ("XU", "XU", "KHM"), ("XV", "XV", "VNM"), ("XW", "XW", "LAO"), ("XX", "XX", "MAC"),
    ("XY", "XZ", "MMR"), ("YA", "YA", "AFG"), ("YB", "YH", "IDN"), ("YI", "YI", "IRQ"), ("YJ", "YJ", "VUT"),
    ("YK", "YK", "SYR"), ("YL", "YL", "LVA"), ("YM", "YM", "TUR"), ("YN", "YN", "NIC"), ("YO", "YR", "ROU"),
    ("YS", "YS", "SLV"), ("YT", "YU", "SRB"), ("YV", "YY", "VEN"), ("Z2", "Z2", "ZWE"), ("Z3", "Z3", "MKD"),
    ("Z8", "Z8", "SSD"), ("ZA", "ZA", "ALB"), ("ZB", "ZJ", "GBR"), ("ZK", "ZM", "NZL"), ("ZN", "ZO", "GBR"),
    ("ZP", "ZP", "PRY"), ("ZQ", "ZQ", "GBR"), ("ZR", "ZU", "ZAF"), ("ZV", "ZZ", "BRA"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_sorted_and_apart() {
        assert!(SERIES.windows(2).all(|w| w[0].1 < w[1].0 && w[0].0 <= w[0].1));
    }

    #[test]
    fn call_signs_of_the_region_and_words_that_are_none() {
        for (sign, state) in [
            ("8PAK2", Some("BRB")),
            ("9YHB", Some("TTO")),
            ("J8B1234", Some("VCT")),
            ("3FXY9", Some("PAN")),
            ("V7AB1", Some("MHL")),
            ("PBKX", Some("NLD")),
            ("WDA1234", Some("USA")),
            ("NONE", None),
            ("YACHT", None),
            ("0000", None),
            ("1234567", None),
            ("N/A", None),
            ("3D", None),
            ("", None),
        ] {
            assert_eq!(state_of_call_sign(sign), state, "{sign}");
        }
        assert!(same_sovereign("MTQ", "FRA") && !same_sovereign("PAN", "LBR"));
    }
}
