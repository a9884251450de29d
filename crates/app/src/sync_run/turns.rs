//! Whose turn it is in the background sync: pure, so that it can be tried with any number of slow mailboxes.
//!
//! There are places for so many at once. Whoever takes long in one goes aside, into one of as many places that the others
//! do not need, and begins there from then on, until a turn was short again. So mailboxes that stall hold up the others for
//! as long as it takes to find out that they do, and each other for ever.

use std::collections::{BTreeMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use model::Id;

/// Mailboxes read at the same time. Each has a page in memory, and they share one store.
pub const PEOPLE_AT_ONCE: usize = 4;
/// Places for those that take long. Most of their time they wait for an answer.
const ASIDE_AT_ONCE: usize = 4;
/// A turn that lasts so long is a long one: the requests of a stalled mailbox time out later.
const LONG: SignedDuration = SignedDuration::from_secs(30);

/// Who waits, who is being read, and who took long the last time.
#[derive(Debug, Default)]
pub(super) struct Turns {
    waiting: VecDeque<Id>,
    under_way: BTreeMap<Id, Turn>,
    slow: HashSet<Id>,
}

#[derive(Debug)]
struct Turn {
    begun: Timestamp,
    is_aside: bool,
}

impl Turns {
    /// A round: of these whoever neither waits nor is being read queues up. Nobody else is remembered.
    pub(super) fn queue(&mut self, people: impl IntoIterator<Item = Id>) {
        let mut slow = HashSet::new();
        let known: HashSet<Id> = self.waiting.iter().chain(self.under_way.keys()).copied().collect();
        for id in people {
            if !known.contains(&id) {
                self.waiting.push_back(id);
            }
            if self.slow.contains(&id) {
                slow.insert(id);
            }
        }
        self.slow = slow;
    }

    /// Who begins now.
    pub(super) fn begin(&mut self, now: Timestamp) -> Vec<Id> {
        self.step_aside(now);
        let mut begun = Vec::new();
        while let Some((id, is_aside)) = self.next() {
            self.under_way.insert(id, Turn { begun: now, is_aside });
            begun.push(id);
        }
        begun
    }

    /// A turn came to its end.
    pub(super) fn ended(&mut self, id: Id, now: Timestamp) {
        let Some(turn) = self.under_way.remove(&id) else { return };
        if now.duration_since(turn.begun) < LONG {
            self.slow.remove(&id);
        } else {
            self.slow.insert(id);
        }
    }

    /// How many are being read.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Whoever takes long leaves its place to others, as far as there is room aside.
    fn step_aside(&mut self, now: Timestamp) {
        let mut room = ASIDE_AT_ONCE.saturating_sub(self.count(true));
        let is_long = |turn: &Turn| !turn.is_aside && now.duration_since(turn.begun) >= LONG;
        for (id, turn) in self.under_way.iter_mut().filter(|(_, turn)| is_long(turn)) {
            if room == 0 {
                return;
            }
            room -= 1;
            turn.is_aside = true;
            self.slow.insert(*id);
        }
    }

    /// The first in the queue that there is a place for, and whether that is aside.
    fn next(&mut self) -> Option<(Id, bool)> {
        let has_room = (self.count(false) < PEOPLE_AT_ONCE, self.count(true) < ASIDE_AT_ONCE);
        let slow = &self.slow;
        let may = |id: &Id| if slow.contains(id) { has_room.1 } else { has_room.0 };
        let place = self.waiting.iter().position(may)?;
        let id = self.waiting.remove(place)?;
        Some((id, self.slow.contains(&id)))
    }

    fn count(&self, is_aside: bool) -> usize {
        self.under_way.values().filter(|turn| turn.is_aside == is_aside).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND_S: i64 = 60;

    fn id(number: usize) -> Id {
        let mut bytes = [0; 12];
        bytes[11] = u8::try_from(number).unwrap();
        Id::from_bytes(bytes)
    }

    /// When each began a turn, in seconds, over so many rounds. A turn lasts what `lasts` says of whose it is and when it
    /// begins.
    fn played(people: usize, rounds: i64, lasts: impl Fn(usize, i64) -> i64) -> Vec<Vec<i64>> {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let (mut turns, mut ends) = (Turns::default(), Vec::<(i64, usize)>::new());
        let mut begun = vec![Vec::new(); people];
        for now in 0..rounds * ROUND_S {
            let over: Vec<usize> = ends.iter().filter(|(end, _)| *end == now).map(|(_, who)| *who).collect();
            ends.retain(|(end, _)| *end > now);
            for who in &over {
                turns.ended(id(*who), at(now));
            }
            if now % ROUND_S == 0 {
                turns.queue((0..people).map(id));
            }
            if now % ROUND_S == 0 || !over.is_empty() {
                for next in turns.begin(at(now)) {
                    let who = (0..people).find(|who| id(*who) == next).unwrap();
                    assert!(ends.iter().all(|(_, other)| *other != who), "{who} is being read already");
                    begun[who].push(now);
                    ends.push((now + lasts(who, now), who));
                }
            }
            let aside = turns.count(true);
            assert!(turns.under_way() - aside <= PEOPLE_AT_ONCE && aside <= ASIDE_AT_ONCE, "{turns:?}");
        }
        begun
    }

    #[test]
    fn however_many_stall_the_others_are_held_up_once() {
        for stalled in 0..=12 {
            // A stalled mailbox is given up after two minutes.
            let begun = played(24, 40, |who, _| if who < stalled { 120 } else { 1 });
            for (who, turns) in begun.iter().enumerate() {
                let gap = turns.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
                if who >= stalled {
                    // Nobody is known to stall at first: the first of them are found out at the next round, and what has
                    // no room aside by then when the first are given up.
                    let late = if stalled < PEOPLE_AT_ONCE { ROUND_S } else { 4 * ROUND_S };
                    assert!(turns[0] <= late, "{who} of {stalled}: {turns:?}");
                    let settled: Vec<i64> = turns.iter().copied().filter(|at| *at >= 10 * ROUND_S).collect();
                    let gap = settled.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
                    assert!(gap < 2 * ROUND_S, "{who} of {stalled}: {settled:?}");
                } else {
                    assert!(gap <= 8 * ROUND_S, "{who} of {stalled} is forgotten: {turns:?}");
                }
            }
        }
    }

    #[test]
    fn who_recovers_is_one_of_the_others_again() {
        let mut turns = Turns::default();
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        turns.queue([id(1)]);
        assert_eq!(turns.begin(at(0)), [id(1)]);
        turns.ended(id(1), at(40));
        for (begins, ends, is_aside) in [(60, 100, true), (120, 121, true), (180, 181, false)] {
            turns.queue([id(1)]);
            assert_eq!(turns.begin(at(begins)), [id(1)]);
            assert_eq!(turns.count(true) == 1, is_aside, "{begins}");
            turns.ended(id(1), at(ends));
        }
        turns.queue([]);
        assert!(turns.slow.is_empty(), "whoever is gone is forgotten");
    }
}
