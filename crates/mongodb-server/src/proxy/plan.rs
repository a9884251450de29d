//! What is done to which message: from a seed, or as told for the next message of a kind.

use std::collections::BTreeMap;

/// What happens to a command and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Nothing.
    Pass,
    /// The connection dies before the server hears the command: it never happened.
    Cut,
    /// The server does as asked, and the connection dies before anybody hears of it.
    LoseAnswer,
    /// The command arrives this many milliseconds later.
    Delay(u16),
}

/// Chances in a thousand, for each command that does something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// Of [`Act::Cut`].
    pub cut: u16,
    /// Of [`Act::LoseAnswer`].
    pub lose_answer: u16,
    /// Of [`Act::Delay`], by up to 20 milliseconds.
    pub delay: u16,
}

/// A plan. The same seed and the same commands in the same order give the same acts.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    rates: Rates,
    state: u64,
    told: Vec<(String, Act)>,
    played: BTreeMap<(Act, String), u64>,
}

/// Commands by which a driver gets to know a server: never counted and never disturbed by a plan.
const GREETINGS: [&str; 7] =
    ["hello", "isMaster", "ismaster", "saslStart", "saslContinue", "endSessions", "buildInfo"];

/// The longest delay.
const MOST_DELAY_MS: u64 = 20;

impl Plan {
    /// Everything passes.
    pub fn quiet() -> Self {
        Self::default()
    }

    /// Faults by chance, from a seed.
    pub fn seeded(seed: u64, rates: Rates) -> Self {
        Self { rates, state: seed, ..Self::default() }
    }

    /// Does this to the next message with this command, before anything by chance.
    pub fn tell(&mut self, command: &str, act: Act) {
        self.told.push((command.to_owned(), act));
    }

    /// What to do with the command that came now.
    pub(super) fn next(&mut self, command: &str) -> Act {
        if GREETINGS.contains(&command) {
            return Act::Pass;
        }
        let told = self.told.iter().position(|(name, _)| name == command);
        let act = match told {
            Some(at) => self.told.remove(at).1,
            None => self.by_chance(),
        };
        if act != Act::Pass {
            let kind = if let Act::Delay(_) = act { Act::Delay(0) } else { act };
            *self.played.entry((kind, command.to_owned())).or_default() += 1;
        }
        act
    }

    /// How often an act other than passing was played on a command. Delays are counted under `Delay(0)`.
    pub fn played(&self, act: Act, command: &str) -> u64 {
        self.played.get(&(act, command.to_owned())).copied().unwrap_or(0)
    }

    /// How many acts other than passing were played.
    pub fn played_in_all(&self) -> u64 {
        self.played.values().sum()
    }

    fn by_chance(&mut self) -> Act {
        let Rates { cut, lose_answer, delay } = self.rates;
        let drawn = u16::try_from(self.random() % 1_000).unwrap_or(0);
        match drawn {
            _ if drawn < cut => Act::Cut,
            _ if drawn < cut + lose_answer => Act::LoseAnswer,
            _ if drawn < cut + lose_answer + delay => {
                Act::Delay(u16::try_from(self.random() % MOST_DELAY_MS).unwrap_or(0) + 1)
            }
            _ => Act::Pass,
        }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_comes_first_and_once() {
        let mut plan = Plan::quiet();
        plan.tell("commitTransaction", Act::LoseAnswer);
        plan.tell("commitTransaction", Act::Cut);
        let acts = ["find", "commitTransaction", "hello", "commitTransaction", "commitTransaction"];
        let acts = acts.map(|command| plan.next(command));
        assert_eq!(acts, [Act::Pass, Act::LoseAnswer, Act::Pass, Act::Cut, Act::Pass]);
        assert_eq!(plan.played(Act::Cut, "commitTransaction"), 1);
        assert_eq!(plan.played(Act::Cut, "find"), 0);
    }

    #[test]
    fn chances_are_kept_and_a_seed_replays() {
        let rates = Rates { cut: 100, lose_answer: 50, delay: 200 };
        let play = |seed| {
            let mut plan = Plan::seeded(seed, rates);
            let acts: Vec<Act> = (0..10_000).map(|_| plan.next("insert")).collect();
            (acts, plan)
        };
        let (acts, plan) = play(1);
        assert_eq!(acts, play(1).0);
        assert_ne!(acts, play(2).0);
        for (act, expected) in [(Act::Cut, 1_000), (Act::LoseAnswer, 500), (Act::Delay(0), 2_000)] {
            let played = plan.played(act, "insert");
            assert!(played.abs_diff(expected) < expected / 5, "{act:?}: {played}");
        }
    }
}
