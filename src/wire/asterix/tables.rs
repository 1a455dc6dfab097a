//! User application profiles: the items of each category, in the order of their presence bits.
//!
//! EUROCONTROL SPEC-0149: part 4 (CAT048, edition 1.31), part 9 (CAT062, 1.20), part 7 (CAT010, 1.1), part 2b
//! (CAT034, 1.29), part 12 (CAT021, 2.6), part 15 (CAT065, 1.6). Earlier editions differ in what bits mean, not in lengths.

use super::item::Field;
use super::item::Item::{Chained, Compound, Explicit, Extended, Fixed, Repeated, Spare};

/// Number given to the Reserved Expansion Field and the Special Purpose Field, which have none.
const RE: u16 = 998;
const SP: u16 = 999;

/// Returns the items of a category that is read.
pub(super) fn profile(category: u8) -> Option<&'static [Field]> {
    Some(match category {
        10 => CAT010,
        21 => CAT021,
        34 => CAT034,
        48 => CAT048,
        62 => CAT062,
        65 => CAT065,
        _ => return None,
    })
}

/// Category 10: monosensor surface movement data.
const CAT010: &[Field] = &[
    (10, Fixed(2)),
    (0, Fixed(1)),
    (20, Extended),
    (140, Fixed(3)),
    (41, Fixed(8)),
    (40, Fixed(4)),
    (42, Fixed(4)),
    (200, Fixed(4)),
    (202, Fixed(4)),
    (161, Fixed(2)),
    (170, Extended),
    (60, Fixed(2)),
    (220, Fixed(3)),
    (245, Fixed(7)),
    (250, Repeated(8)),
    (300, Fixed(1)),
    (90, Fixed(2)),
    (91, Fixed(2)),
    (270, Extended),
    (550, Fixed(1)),
    (310, Fixed(1)),
    (500, Fixed(4)),
    (280, Repeated(2)),
    (131, Fixed(1)),
    (210, Fixed(2)),
    (0, Spare),
    (SP, Explicit),
    (RE, Explicit),
];

/// Category 21: ADS-B target reports.
const CAT021: &[Field] = &[
    (10, Fixed(2)),
    (40, Extended),
    (161, Fixed(2)),
    (15, Fixed(1)),
    (71, Fixed(3)),
    (130, Fixed(6)),
    (131, Fixed(8)),
    (72, Fixed(3)),
    (150, Fixed(2)),
    (151, Fixed(2)),
    (80, Fixed(3)),
    (73, Fixed(3)),
    (74, Fixed(4)),
    (75, Fixed(3)),
    (76, Fixed(4)),
    (140, Fixed(2)),
    (90, Extended),
    (210, Fixed(1)),
    (70, Fixed(2)),
    (230, Fixed(2)),
    (145, Fixed(2)),
    (152, Fixed(2)),
    (200, Fixed(1)),
    (155, Fixed(2)),
    (157, Fixed(2)),
    (160, Fixed(4)),
    (165, Fixed(2)),
    (77, Fixed(3)),
    (170, Fixed(6)),
    (20, Fixed(1)),
    (220, Compound(METEO_021)),
    (146, Fixed(2)),
    (148, Fixed(2)),
    (110, Compound(INTENT_021)),
    (16, Fixed(1)),
    (8, Fixed(1)),
    (271, Extended),
    (132, Fixed(1)),
    (250, Repeated(8)),
    (260, Fixed(7)),
    (400, Fixed(1)),
    (295, Compound(AGES_021)),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (RE, Explicit),
    (SP, Explicit),
];

const METEO_021: &[Field] = &[(1, Fixed(2)), (2, Fixed(2)), (3, Fixed(2)), (4, Fixed(1))];
const INTENT_021: &[Field] = &[(1, Extended), (2, Repeated(15))];
const AGES_021: &[Field] = &[
    (1, Fixed(1)),
    (2, Fixed(1)),
    (3, Fixed(1)),
    (4, Fixed(1)),
    (5, Fixed(1)),
    (6, Fixed(1)),
    (7, Fixed(1)),
    (8, Fixed(1)),
    (9, Fixed(1)),
    (10, Fixed(1)),
    (11, Fixed(1)),
    (12, Fixed(1)),
    (13, Fixed(1)),
    (14, Fixed(1)),
    (15, Fixed(1)),
    (16, Fixed(1)),
    (17, Fixed(1)),
    (18, Fixed(1)),
    (19, Fixed(1)),
    (20, Fixed(1)),
    (21, Fixed(1)),
    (22, Fixed(1)),
    (23, Fixed(1)),
];

/// Category 34: monoradar service messages.
const CAT034: &[Field] = &[
    (10, Fixed(2)),
    (0, Fixed(1)),
    (30, Fixed(3)),
    (20, Fixed(1)),
    (41, Fixed(2)),
    (50, Compound(STATUS_034)),
    (60, Compound(MODE_034)),
    (70, Repeated(2)),
    (100, Fixed(8)),
    (110, Fixed(1)),
    (120, Fixed(8)),
    (90, Fixed(2)),
    (RE, Explicit),
    (SP, Explicit),
];

const STATUS_034: &[Field] =
    &[(1, Fixed(1)), (0, Spare), (0, Spare), (4, Fixed(1)), (5, Fixed(1)), (6, Fixed(2))];
const MODE_034: &[Field] =
    &[(1, Fixed(1)), (0, Spare), (0, Spare), (4, Fixed(1)), (5, Fixed(1)), (6, Fixed(1))];

/// Category 48: monoradar target reports.
const CAT048: &[Field] = &[
    (10, Fixed(2)),
    (140, Fixed(3)),
    (20, Extended),
    (40, Fixed(4)),
    (70, Fixed(2)),
    (90, Fixed(2)),
    (130, Compound(PLOT_048)),
    (220, Fixed(3)),
    (240, Fixed(6)),
    (250, Repeated(8)),
    (161, Fixed(2)),
    (42, Fixed(4)),
    (200, Fixed(4)),
    (170, Extended),
    (210, Fixed(4)),
    (30, Extended),
    (80, Fixed(2)),
    (100, Fixed(4)),
    (110, Fixed(2)),
    (120, Compound(DOPPLER_048)),
    (230, Fixed(2)),
    (260, Fixed(7)),
    (55, Fixed(1)),
    (50, Fixed(2)),
    (65, Fixed(1)),
    (60, Fixed(2)),
    (SP, Explicit),
    (RE, Explicit),
];

const PLOT_048: &[Field] = &[
    (1, Fixed(1)),
    (2, Fixed(1)),
    (3, Fixed(1)),
    (4, Fixed(1)),
    (5, Fixed(1)),
    (6, Fixed(1)),
    (7, Fixed(1)),
];
const DOPPLER_048: &[Field] = &[(1, Fixed(2)), (2, Repeated(6))];

/// Category 62: system track data.
const CAT062: &[Field] = &[
    (10, Fixed(2)),
    (0, Spare),
    (15, Fixed(1)),
    (70, Fixed(3)),
    (105, Fixed(8)),
    (100, Fixed(6)),
    (185, Fixed(4)),
    (210, Fixed(2)),
    (60, Fixed(2)),
    (245, Fixed(7)),
    (380, Compound(AIRCRAFT_062)),
    (40, Fixed(2)),
    (80, Extended),
    (290, Compound(UPDATE_AGES_062)),
    (200, Fixed(1)),
    (295, Compound(DATA_AGES_062)),
    (136, Fixed(2)),
    (130, Fixed(2)),
    (135, Fixed(2)),
    (220, Fixed(2)),
    (390, Compound(FLIGHT_PLAN_062)),
    (270, Extended),
    (300, Fixed(1)),
    (110, Compound(MODE_5_062)),
    (120, Fixed(2)),
    (510, Chained(3)),
    (500, Compound(ACCURACY_062)),
    (340, Compound(MEASURED_062)),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (RE, Explicit),
    (SP, Explicit),
];

/// Subitems of I062/380, aircraft derived data.
pub(super) const AIRCRAFT_062: &[Field] = &[
    (1, Fixed(3)),
    (2, Fixed(6)),
    (3, Fixed(2)),
    (4, Fixed(2)),
    (5, Fixed(2)),
    (6, Fixed(2)),
    (7, Fixed(2)),
    (8, Extended),
    (9, Repeated(15)),
    (10, Fixed(2)),
    (11, Fixed(2)),
    (12, Fixed(7)),
    (13, Fixed(2)),
    (14, Fixed(2)),
    (15, Fixed(2)),
    (16, Fixed(2)),
    (17, Fixed(2)),
    (18, Fixed(2)),
    (19, Fixed(1)),
    (20, Fixed(8)),
    (21, Fixed(1)),
    (22, Fixed(6)),
    (23, Fixed(2)),
    (24, Fixed(1)),
    (25, Repeated(8)),
    (26, Fixed(2)),
    (27, Fixed(2)),
    (28, Fixed(2)),
];

const UPDATE_AGES_062: &[Field] = &[
    (1, Fixed(1)),
    (2, Fixed(1)),
    (3, Fixed(1)),
    (4, Fixed(1)),
    (5, Fixed(2)),
    (6, Fixed(1)),
    (7, Fixed(1)),
    (8, Fixed(1)),
    (9, Fixed(1)),
    (10, Fixed(1)),
];

const DATA_AGES_062: &[Field] = {
    const AGE: Field = (1, Fixed(1));
    &[AGE; 31]
};

/// Subitems of I062/390, flight plan related data.
pub(super) const FLIGHT_PLAN_062: &[Field] = &[
    (1, Fixed(2)),
    (2, Fixed(7)),
    (3, Fixed(4)),
    (4, Fixed(1)),
    (5, Fixed(4)),
    (6, Fixed(1)),
    (7, Fixed(4)),
    (8, Fixed(4)),
    (9, Fixed(3)),
    (10, Fixed(2)),
    (11, Fixed(2)),
    (12, Repeated(4)),
    (13, Fixed(6)),
    (14, Fixed(1)),
    (15, Fixed(7)),
    (16, Fixed(7)),
    (17, Fixed(2)),
    (18, Fixed(7)),
];

const MODE_5_062: &[Field] = &[
    (1, Fixed(1)),
    (2, Fixed(4)),
    (3, Fixed(6)),
    (4, Fixed(2)),
    (5, Fixed(2)),
    (6, Fixed(1)),
    (7, Fixed(1)),
];

/// Subitems of I062/500, estimated accuracies.
pub(super) const ACCURACY_062: &[Field] = &[
    (1, Fixed(4)),
    (2, Fixed(2)),
    (3, Fixed(4)),
    (4, Fixed(1)),
    (5, Fixed(1)),
    (6, Fixed(2)),
    (7, Fixed(2)),
    (8, Fixed(1)),
];

const MEASURED_062: &[Field] =
    &[(1, Fixed(2)), (2, Fixed(4)), (3, Fixed(2)), (4, Fixed(2)), (5, Fixed(2)), (6, Fixed(1))];

/// Category 65: service status of a data processing system.
const CAT065: &[Field] = &[
    (10, Fixed(2)),
    (0, Fixed(1)),
    (15, Fixed(1)),
    (30, Fixed(3)),
    (20, Fixed(1)),
    (40, Fixed(1)),
    (50, Fixed(1)),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (0, Spare),
    (RE, Explicit),
    (SP, Explicit),
];
