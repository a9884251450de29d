//! What a seed draws before its first step: which faults exist, how often they come, whether it goes back to a backup.

use std::collections::BTreeMap;

use super::run::STEPS;
use super::store::StoreFaults;
use super::world::{FAULTS, Fault};
use crate::random::Random;

/// A quarter of the seeds go back to a backup.
pub(super) fn draw_restore(random: &mut Random) -> Option<(usize, usize)> {
    let at = random.below(STEPS - 1);
    let back = at + 1 + random.below(STEPS - at - 1);
    random.chance(250).then_some((at, back))
}

/// The faults of the provider that this seed has, and how often each comes, in a thousandth.
pub(super) fn draw_faults(random: &mut Random) -> BTreeMap<Fault, usize> {
    if random.chance(100) {
        return BTreeMap::new();
    }
    let mut drawn = BTreeMap::new();
    for fault in FAULTS {
        if random.chance(500) {
            drawn.insert(fault, 10 + random.below(150));
        }
    }
    drawn
}

/// The same for the store.
pub(super) fn draw_store_faults(random: &mut Random) -> StoreFaults {
    let mut draw = |most: usize| if random.chance(500) { random.below(most) } else { 0 };
    StoreFaults { unavailable: draw(60), outcome_unknown: draw(60), crash: draw(80), write_here: draw(200) }
}
