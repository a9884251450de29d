//! Kept lists: any order of looking, reading, putting, writing and answering; bounds; doubt.

use proptest::prelude::*;

use super::*;

const LONGEST_S: i64 = 10;

fn kept() -> Kept<u64> {
    Kept::new(SignedDuration::from_secs(LONGEST_S))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn turn(look: Look<u64>) -> Turn {
    match look {
        Look::Read(turn) => turn,
        Look::Kept(_) => panic!("a list is kept"),
        Look::Pass => panic!("nothing is kept"),
    }
}

fn shown(look: Look<u64>) -> Option<u64> {
    match look {
        Look::Kept(records) => Some(records[0]),
        _ => None,
    }
}

/// What somebody does next. Readers and writers are several, each at its own pace.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A reader looks, and asks the store when nothing is kept.
    Look(usize),
    /// The store answers it, as of now.
    Answer(usize),
    /// It puts what it got.
    Put(usize),
    /// A write happens in the store.
    Write(usize),
    /// It is answered.
    Answered(usize),
    /// Time passes.
    Second,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0_usize..3;
    let step = prop_oneof![
        3 => who().prop_map(Step::Look),
        2 => who().prop_map(Step::Answer),
        2 => who().prop_map(Step::Put),
        1 => who().prop_map(Step::Write),
        1 => who().prop_map(Step::Answered),
        1 => Just(Step::Second),
    ];
    proptest::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn nothing_older_than_an_answered_write_is_shown(steps in steps()) {
        let kept = kept();
        let (mut stored, mut answered, mut second) = (0_u64, 0_u64, 0);
        let mut readers: [Option<(Turn, Option<u64>)>; 3] = [None; 3];
        let mut writers: [Option<u64>; 3] = [None; 3];
        for step in steps {
            match step {
                Step::Look(reader) => match kept.look(None, at(second)) {
                    Look::Kept(records) => prop_assert!(records[0] >= answered, "{} < {answered}", records[0]),
                    Look::Read(turn) => readers[reader] = Some((turn, None)),
                    Look::Pass => prop_assert!(false, "nothing is in doubt"),
                },
                Step::Answer(reader) => {
                    if let Some((_, got @ None)) = &mut readers[reader] {
                        *got = Some(stored);
                    }
                }
                Step::Put(reader) => {
                    if let Some((turn, Some(got))) = readers[reader] {
                        kept.put(None, turn, &Arc::from([got]), 10);
                        readers[reader] = None;
                    }
                }
                Step::Write(writer) => {
                    if writers[writer].is_none() {
                        stored += 1;
                        writers[writer] = Some(stored);
                    }
                }
                Step::Answered(writer) => {
                    if let Some(written) = writers[writer].take() {
                        kept.forget();
                        answered = answered.max(written);
                    }
                }
                Step::Second => second += 1,
            }
        }
    }
}

#[test]
fn a_list_is_kept_for_its_person_and_its_time() {
    let (kept, mara) = (kept(), Some(Id::from_bytes([1; 12])));
    let begun = turn(kept.look(mara, at(0)));
    kept.put(mara, begun, &Arc::from([7]), 10);
    assert_eq!(shown(kept.look(mara, at(LONGEST_S - 1))), Some(7));
    turn(kept.look(None, at(1)));
    turn(kept.look(mara, at(LONGEST_S)));
    // The clock was set back.
    turn(kept.look(mara, at(-1)));
    kept.forget();
    turn(kept.look(mara, at(1)));
}

#[test]
fn what_is_too_long_is_passed_until_something_is_written() {
    let kept = kept();
    let begun = turn(kept.look(None, at(0)));
    kept.too_long(None, begun);
    assert!(matches!(kept.look(None, at(1)), Look::Pass));
    kept.forget();
    turn(kept.look(None, at(2)));
}

#[test]
fn after_a_commit_of_unknown_outcome_nothing_is_kept_for_a_while() {
    let kept = kept();
    let begun = turn(kept.look(None, at(0)));
    kept.doubt();
    kept.put(None, begun, &Arc::from([1]), 10);
    for second in [100, 129] {
        assert!(matches!(kept.look(None, at(second)), Look::Pass), "{second}");
    }
    let begun = turn(kept.look(None, at(130)));
    kept.put(None, begun, &Arc::from([2]), 10);
    assert_eq!(shown(kept.look(None, at(131))), Some(2));
}

#[test]
fn it_stays_within_its_bounds() {
    let kept = kept();
    for number in 0..20_000_u32 {
        let whose = Some(Id::from_parts(1, *b"lists", number));
        let begun = turn(kept.look(whose, at(0)));
        kept.put(whose, begun, &Arc::from([1]), if number % 2 == 0 { 0 } else { 50_000 });
    }
    assert!(kept.lists.weight() <= MOST_BYTES, "{}", kept.lists.weight());
    assert!(kept.lists.len() > 10);
}
