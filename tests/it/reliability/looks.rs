//! The four looks at a load, whatever the row: what the caller gets, when, that nothing is lost or half-loaded, and that no secret is
//! shown.

use super::*;

/// The column "when" of a row. Each has a deadline of its own, so that nothing else explains the time that a load takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// There is nothing to wait for.
    AtOnce,
    /// After the first pause between two tries.
    AfterAPause,
    /// After all the patience with one try, and the first pause.
    AThirdLater,
    /// The deadline cuts short what hangs.
    AtTheDeadline,
    /// The deadline has no room for another pause and another try.
    WithoutRoom,
    /// The row does not say: there is much to do.
    AfterMuchWork,
}

impl When {
    pub(super) fn deadline(self) -> Duration {
        match self {
            Self::AtTheDeadline => SHORT,
            Self::WithoutRoom => ROOMY,
            Self::AtOnce | Self::AfterAPause | Self::AThirdLater | Self::AfterMuchWork => LONG,
        }
    }

    /// Not before the one, and before the other.
    fn bounds(self) -> (Duration, Duration) {
        let deadline = self.deadline();
        match self {
            Self::AtOnce => (Duration::ZERO, STARTED),
            Self::AfterAPause => (Duration::ZERO, FIRST_PAUSE + STARTED),
            Self::AThirdLater => (deadline / 3, deadline / 3 + FIRST_PAUSE + SLACK),
            // Two tries take a third of it each. The pause before the third one is no longer than this, and may have no room.
            Self::AtTheDeadline => (deadline - FIRST_PAUSE * 2, deadline + SLACK),
            Self::WithoutRoom => (deadline - LONGEST_PAUSE, deadline + SLACK),
            Self::AfterMuchWork => (Duration::ZERO, deadline / 2),
        }
    }
}

/// What a load should fail with.
pub(super) struct Failing<'a> {
    /// All that failed, in the order of declaration.
    pub(super) fields: &'a [&'a str],
    pub(super) kind: FailureKind,
    /// What each failure says.
    pub(super) words: &'a [&'a str],
}

/// Begins right before a load, on the thread that it runs on, and ends with it.
pub(super) struct Watch {
    logs: Logs,
    start: Instant,
    when: When,
}

impl Watch {
    pub(super) fn start(when: When) -> Self {
        Self { logs: Logs::start(), start: Instant::now(), when }
    }

    /// The load has given every value.
    #[track_caller]
    pub(super) fn ended_well<C: Whole>(self, ended: Result<Loaded<C>, Error>) -> Report {
        let elapsed = self.start.elapsed();
        let Loaded { config, report, .. } = ended.unwrap_or_else(|error| panic!("it should load: {error}"));
        self.assert_in_time(elapsed, &report);
        assert!(config.is_whole(), "a value is lost or another one: {report}");
        assert!(report.is_complete(), "{report}");
        assert_report_clean("the report", &report);
        assert_clean("the events", &self.logs.text());
        report
    }

    /// The load has given an error alone, of these fields.
    #[track_caller]
    pub(super) fn ended_badly<C: StageConfig>(self, ended: Result<&'static C, Error>, failing: &Failing<'_>) -> Error {
        let elapsed = self.start.elapsed();
        let error = error(ended);
        self.assert_in_time(elapsed, &error);
        let fields: Vec<_> = error.failures().iter().map(|failure| failure.field()).collect();
        assert_eq!(fields, failing.fields, "{error}");
        for failure in error.failures() {
            assert_failure(failure, failure.field(), failing.kind, failing.words);
        }
        assert!(C::try_get().is_none(), "nothing is half-loaded");
        assert_error_clean("the error", &error);
        assert_clean("the events", &self.logs.text());
        error
    }

    #[track_caller]
    fn assert_in_time(&self, elapsed: Duration, ended: &dyn std::fmt::Display) {
        let ((earliest, latest), when) = (self.when.bounds(), self.when);
        assert!(elapsed >= earliest, "{when:?}, and not after {elapsed:?}: {ended}");
        assert!(elapsed < latest, "{when:?}, and it took {elapsed:?}: {ended}");
    }
}

/// A load that gives every value.
pub(super) async fn ends_well<C: Whole>(loader: Loader<C>, when: When) -> Report {
    let loader = loader.timeout(when.deadline());
    let watch = Watch::start(when);
    watch.ended_well(loader.resolve().await)
}

/// A load that gives an error of every field.
pub(super) async fn ends_badly<C: StageConfig>(
    loader: Loader<C>,
    when: When,
    kind: FailureKind,
    words: &[&str],
) -> Error {
    let plan = C::loader().stage("dev").plan().expect("it has a plan");
    let fields: Vec<_> = plan.fields().collect();
    let loader = loader.timeout(when.deadline());
    let watch = Watch::start(when);
    watch.ended_badly(loader.load().await, &Failing { fields: &fields, kind, words })
}

/// The fault befalls the first try, and the next one is answered.
pub(super) async fn passes<C: Whole>(fault: Answer, when: When) {
    let endpoint = Endpoint::start(move |request| if request.index == 0 { fault.clone() } else { good(request) });
    let report = ends_well::<C>(loader(endpoint.url()), when).await;
    assert_eq!((report.calls[0].retries, endpoint.requests().len()), (1, 2), "{report}");
}

/// The fault stays: the load tries until its deadline, and leaves nothing behind.
pub(super) async fn lasts<C: StageConfig>(fault: Answer, when: When, kind: FailureKind, words: &[&str]) {
    let endpoint = Endpoint::start(move |_| fault.clone());
    let error = ends_badly::<C>(loader(endpoint.url()), when, kind, words).await;
    let asked = endpoint.requests().len();
    assert!(asked > 1, "it is tried again, not {asked} times in all");
    // The last try may have been cut short before it arrived.
    let said = [asked, asked + 1].map(|times| format!("asked {times} times until the deadline"));
    assert!(said.iter().any(|times| error.to_string().contains(times)), "{said:?} is not in: {error}");
    endpoint.idle().await;
    assert_eq!(endpoint.requests().len(), asked, "nothing is asked after the load");
}
