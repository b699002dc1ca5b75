//! Tests of writers that change one JSON text concurrently. The tests run the steps of the writers
//! in different orders, with a store in memory.

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;

/// The state of a writer between two calls to the store.
enum WriterState {
    Read,
    /// The writer has read this many versions, and writes this text next.
    Write {
        read: usize,
        text: JsonDocument,
        write: OwnWrite,
        end: Option<OwnChange>,
    },
    Merge,
    Ended(End),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Written(OwnChange),
    /// The writer reports that its change was not made, or was withdrawn.
    Refused,
    Uncertain,
}

struct Writer {
    change: KeyChange<'static>,
    /// The known versions. `None` before the first write.
    versions: Option<Versions>,
    state: WriterState,
}

fn new_document(text: &str) -> JsonDocument {
    JsonDocument::new(Zeroizing::new(text.to_owned()))
}

fn new_setter(key: &'static str, value: &'static str, overwrite: bool) -> Writer {
    let action = KeyAction::Set {
        value,
        kind: Kind::String,
        overwrite,
    };
    Writer {
        change: KeyChange { key, action },
        versions: None,
        state: WriterState::Read,
    }
}

fn new_remover(key: &'static str) -> Writer {
    Writer {
        change: KeyChange {
            key,
            action: KeyAction::Remove,
        },
        versions: None,
        state: WriterState::Read,
    }
}

impl End {
    fn new(own: OwnChange) -> Self {
        if own == OwnChange::Withdrawn {
            Self::Refused
        } else {
            Self::Written(own)
        }
    }
}

impl Writer {
    fn step(&mut self, store: &mut Vec<JsonDocument>) {
        self.state = match std::mem::replace(&mut self.state, WriterState::Merge) {
            WriterState::Read => self.read(store),
            WriterState::Write {
                read,
                text,
                write,
                end,
            } => {
                let is_clean = store.len() == read;
                store.push(text);
                self.note_write(i64::try_from(store.len()).expect("few versions"), write);
                end.filter(|_| is_clean)
                    .map_or(WriterState::Merge, |end| WriterState::Ended(End::new(end)))
            }
            WriterState::Merge => self.merge(store),
            ended @ WriterState::Ended(_) => ended,
        };
    }

    fn read(&self, store: &[JsonDocument]) -> WriterState {
        let last = store.last().expect("there is a first version");
        if self.change.must_keep_existing(last) {
            return WriterState::Ended(End::Refused);
        }
        match self.change.apply(last) {
            Ok(Some(text)) => {
                let (write, end) = (OwnWrite::Change, Some(OwnChange::Kept));
                WriterState::Write {
                    read: store.len(),
                    text,
                    write,
                    end,
                }
            }
            _ => WriterState::Ended(End::Refused),
        }
    }

    fn note_write(&mut self, version: i64, write: OwnWrite) {
        match &mut self.versions {
            Some(versions) => versions.add_own(version, write),
            None => self.versions = Some(Versions::new(version)),
        }
    }

    fn merge(&mut self, store: &[JsonDocument]) -> WriterState {
        let versions = self.versions.as_mut().expect("the writer has written");
        for (version, text) in (1..).zip(store) {
            versions.insert(version, text.clone());
        }
        match versions.next_step(&self.change) {
            NextStep::Done(own) => WriterState::Ended(End::new(own)),
            NextStep::Uncertain => WriterState::Ended(End::Uncertain),
            NextStep::Write { text, write, end } => WriterState::Write {
                read: store.len(),
                text,
                write,
                end,
            },
        }
    }

    fn has_ended(&self) -> bool {
        matches!(self.state, WriterState::Ended(_))
    }
}

/// Runs one step of a writer for each number in `turns`, then runs each writer to its end. Returns
/// all versions of the text.
fn run(first: &str, writers: &mut [Writer], turns: &[usize]) -> Vec<JsonDocument> {
    let mut store = vec![new_document(first)];
    for turn in turns {
        let index = turn % writers.len();
        writers[index].step(&mut store);
    }
    let mut rounds = 0;
    while let Some(writer) = writers.iter_mut().find(|writer| !writer.has_ended()) {
        writer.step(&mut store);
        rounds += 1;
        assert!(rounds < 1000, "the writers do not end");
    }
    store
}

fn collect_results(writers: &[Writer]) -> Vec<End> {
    let result = |writer: &Writer| match writer.state {
        WriterState::Ended(result) => result,
        _ => panic!("the writer has not ended"),
    };
    writers.iter().map(result).collect()
}

#[test]
fn four_writers_that_read_the_same_version_all_succeed() {
    let mut writers = ["a", "b", "c", "d"].map(|key| new_setter(key, "new", true));
    // All read, then all write.
    let store = run("{}", &mut writers, &[0, 1, 2, 3, 0, 1, 2, 3]);
    assert_eq!(
        collect_results(&writers),
        [End::Written(OwnChange::Kept); 4]
    );
    let expected = new_document(r#"{"a":"new","b":"new","c":"new","d":"new"}"#);
    assert!(
        store
            .last()
            .is_some_and(|last| last.has_same_values(&expected))
    );
}

#[test]
fn a_version_that_another_writer_has_merged_is_merged_too() {
    let mut writers = ["a", "b", "c"].map(|key| new_setter(key, "new", true));
    // The second writer merges the first one's change before the third writes. The third merges and
    // writes the merged text before the second writes its merged text.
    let store = run("{}", &mut writers, &[0, 1, 2, 0, 1, 1, 2, 2, 2, 1]);
    assert_eq!(
        collect_results(&writers),
        [End::Written(OwnChange::Kept); 3]
    );
    let expected = new_document(r#"{"a":"new","b":"new","c":"new"}"#);
    assert!(
        store
            .last()
            .is_some_and(|last| last.has_same_values(&expected))
    );
}

#[test]
fn the_value_of_another_writer_stays_without_overwrite() {
    let mut writers = [
        new_setter("a", "theirs", false),
        new_setter("a", "ours", false),
    ];
    let store = run("{}", &mut writers, &[0, 1, 0, 1]);
    assert_eq!(
        collect_results(&writers),
        [End::Written(OwnChange::Kept), End::Refused]
    );
    assert!(
        store
            .last()
            .is_some_and(|last| last.has_same_values(&new_document(r#"{"a":"theirs"}"#)))
    );
}

/// Generates the key, the value and the option `overwrite` of a change, or `None` for a removal.
/// The keys are few, so that writers conflict.
fn any_change() -> impl Strategy<Value = Option<(usize, usize, bool)>> {
    prop::option::weighted(0.8, (0..4_usize, 0..3_usize, prop::bool::weighted(0.7)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Runs four writers of four keys in any order. The last version contains the change of every
    /// writer, unless a writer reports that the result is uncertain.
    #[test]
    fn the_last_version_has_every_reported_change(turns in prop::collection::vec(0..4_usize, 0..60)) {
        let mut writers = ["a", "m.b", "m.c", "d"].map(|key| new_setter(key, "new", true));
        let store = run(r#"{"m": {}, "z": 1}"#, &mut writers, &turns);
        let last = store.last().unwrap();
        let results = collect_results(&writers);
        for (writer, result) in writers.iter().zip(&results) {
            prop_assert!(writer.change.is_in(last) || results.contains(&End::Uncertain), "{} {result:?}", writer.change.key);
        }
        prop_assert!(last.has("z").unwrap());
    }

    /// If all writers make their first write before one of them merges, and no writer writes inside
    /// another one's object, none reports an error.
    #[test]
    fn a_short_burst_never_ends_in_an_error(
        first in Just([0, 0, 1, 1, 2, 2, 3, 3].to_vec()).prop_shuffle(),
        turns in prop::collection::vec(0..4_usize, 0..30),
    ) {
        let mut writers = ["a", "b", "m.c", "d"].map(|key| new_setter(key, "new", true));
        run(r#"{"m": {}, "z": 1}"#, &mut writers, &[first, turns].concat());
        prop_assert_eq!(collect_results(&writers), [End::Written(OwnChange::Kept); 4]);
    }

    /// Several writers set, replace and remove the same keys. If writers report that they changed a
    /// key, the last version contains the change of one of these writers, unless a writer reports
    /// that the result is uncertain.
    #[test]
    fn a_reported_key_has_the_value_of_one_of_its_writers(
        changes in prop::collection::vec(any_change(), 2..6),
        turns in prop::collection::vec(0..6_usize, 0..80),
    ) {
        const KEYS: [&str; 4] = ["a", "b", "m.c", "m.d"];
        const VALUES: [&str; 3] = ["1", "2", "3"];
        let mut writers: Vec<Writer> = changes
            .iter()
            .enumerate()
            .map(|(index, change)| match change {
                Some((key, value, overwrite)) => new_setter(KEYS[*key], VALUES[*value], *overwrite),
                None => new_remover(KEYS[index % 4]),
            })
            .collect();
        let store = run(r#"{"b": "1", "m": {"c": "1", "d": "2"}}"#, &mut writers, &turns);
        let last = store.last().unwrap();
        let results = collect_results(&writers);
        if results.contains(&End::Uncertain) {
            return Ok(());
        }
        let written = |writer: &&Writer| matches!(writer.state, WriterState::Ended(End::Written(_)));
        for writer in writers.iter().filter(written) {
            let key = writer.change.key;
            let mut same_key = writers.iter().filter(written).filter(|other| other.change.key == key);
            prop_assert!(same_key.any(|other| other.change.is_in(last)), "`{key}` is lost");
        }
    }
}
