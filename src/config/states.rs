//! ISO 3166-1 alpha-3: the codes in use.

/// Whether a code is one of ISO 3166-1 alpha-3.
pub(super) fn is_state(code: &str) -> bool {
    code.len() == 3 && CODES.split_ascii_whitespace().any(|known| known == code)
}

/// Returns the fault of a code with its mend, if it has one.
pub(super) fn fault(code: &str) -> Option<String> {
    if is_state(code) {
        return None;
    }
    let upper = code.to_uppercase();
    Some(if is_state(&upper) {
        format!("\"{code}\" is not a State's code; write it in capitals, \"{upper}\"")
    } else {
        format!(
            "\"{code}\" is not a State's code; write its three letters of ISO 3166-1, such as \"BRB\" for Barbados"
        )
    })
}

const CODES: &str = "
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM
BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR
CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB
GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA
JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA
MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR
NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS
SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON
TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_249_and_every_flag_of_an_mmsi() {
        let codes: Vec<&str> = CODES.split_ascii_whitespace().collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.windows(2).all(|w| w[0] < w[1]));
        for mid in 200..800 {
            if let Some(flag) = crate::model::flag_of_mid(mid) {
                assert!(is_state(flag), "{flag}");
            }
        }
        assert!(fault("brb").is_some_and(|text| text.contains("\"BRB\"")));
        assert!(fault("BAR").is_some());
    }
}
