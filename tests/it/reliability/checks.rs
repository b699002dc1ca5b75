//! Checks of every load: the result, its time, that the load returns all values or none, and that
//! its output contains no secret.

use super::*;

/// The column "when" of a row. Each value has its own deadline, so that the time of a load has only
/// one explanation.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// The load waits for nothing.
    AtOnce,
    /// After the first pause between two attempts.
    AfterAPause,
    /// After the timeout of one attempt and the first pause.
    AThirdLater,
    /// The deadline ends a load that hangs.
    AtTheDeadline,
    /// The deadline leaves no time for another pause and attempt.
    NoTimeForRetry,
    /// The row states no time, because the load computes for long.
    Computing,
}

impl When {
    pub(super) fn deadline(self) -> Duration {
        match self {
            Self::AtTheDeadline => SHORT,
            Self::NoTimeForRetry => RETRYING,
            Self::AtOnce | Self::AfterAPause | Self::AThirdLater | Self::Computing => LONG,
        }
    }

    /// Returns the earliest and the latest time.
    fn bounds(self) -> (Duration, Duration) {
        let deadline = self.deadline();
        match self {
            Self::AtOnce => (Duration::ZERO, STARTUP),
            Self::AfterAPause => (Duration::ZERO, FIRST_PAUSE + STARTUP),
            Self::AThirdLater => (deadline / 3, deadline / 3 + FIRST_PAUSE + SLACK),
            // Two attempts take a third each. The pause before the third one is no longer than
            // this, and there may be no time for it.
            Self::AtTheDeadline => (deadline - FIRST_PAUSE * 2, deadline + SLACK),
            Self::NoTimeForRetry => (deadline - LONGEST_PAUSE, deadline + SLACK),
            Self::Computing => (Duration::ZERO, deadline / 2),
        }
    }
}

/// The expected failure of a load.
pub(super) struct ExpectedFailure<'a> {
    /// All failed fields, in the order of declaration.
    pub(super) fields: &'a [&'a str],
    pub(super) kind: FailureKind,
    /// Words of each failure.
    pub(super) words: &'a [&'a str],
}

/// Measures the time of a load and records its events. It starts on the thread of the load, right
/// before it.
pub(super) struct Watch {
    logs: Logs,
    start: Instant,
    when: When,
}

impl Watch {
    pub(super) fn start(when: When) -> Self {
        Self {
            logs: Logs::start(),
            start: Instant::now(),
            when,
        }
    }

    /// Asserts that the load returned every value.
    #[track_caller]
    pub(super) fn assert_succeeded<C: KnownValues>(
        self,
        result: Result<Loaded<C>, Error>,
    ) -> Report {
        let elapsed = self.start.elapsed();
        let Loaded { config, report, .. } =
            result.unwrap_or_else(|error| panic!("the load failed: {error}"));
        self.assert_in_time(elapsed, &report);
        assert!(
            config.has_expected_values(),
            "a value is missing or wrong: {report}"
        );
        assert!(report.is_complete(), "{report}");
        assert_report_clean("the report", &report);
        assert_clean("the events", &self.logs.text());
        report
    }

    /// Asserts that the load returned only an error, of these fields.
    #[track_caller]
    pub(super) fn assert_failed<C: StageConfig>(
        self,
        result: Result<&'static C, Error>,
        expected: &ExpectedFailure<'_>,
    ) -> Error {
        let elapsed = self.start.elapsed();
        let error = error(result);
        self.assert_in_time(elapsed, &error);
        let fields: Vec<_> = error
            .failures()
            .iter()
            .map(|failure| failure.field())
            .collect();
        assert_eq!(fields, expected.fields, "{error}");

        for failure in error.failures() {
            assert_failure(failure, failure.field(), expected.kind, expected.words);
        }
        assert!(
            C::try_get().is_none(),
            "a failed load stores no configuration"
        );
        assert_error_clean("the error", &error);
        assert_clean("the events", &self.logs.text());

        error
    }

    #[track_caller]
    fn assert_in_time(&self, elapsed: Duration, result: &dyn std::fmt::Display) {
        let ((earliest, latest), when) = (self.when.bounds(), self.when);
        assert!(
            elapsed >= earliest,
            "{when:?}, but the load took only {elapsed:?}: {result}"
        );
        assert!(
            elapsed < latest,
            "{when:?}, but the load took {elapsed:?}: {result}"
        );
    }
}

/// Asserts that a load returns every value.
pub(super) async fn assert_succeeds<C: KnownValues>(loader: Loader<C>, when: When) -> Report {
    let loader = loader.timeout(when.deadline());
    let watch = Watch::start(when);
    watch.assert_succeeded(loader.resolve().await)
}

/// Asserts that a load returns an error of every field.
pub(super) async fn assert_fails<C: StageConfig>(
    loader: Loader<C>,
    when: When,
    kind: FailureKind,
    words: &[&str],
) -> Error {
    let plan = C::loader()
        .stage("dev")
        .plan()
        .expect("the stage has a plan");
    let fields: Vec<_> = plan.fields().collect();
    let loader = loader.timeout(when.deadline());
    let watch = Watch::start(when);
    watch.assert_failed(
        loader.load().await,
        &ExpectedFailure {
            fields: &fields,
            kind,
            words,
        },
    )
}

/// Asserts that a load succeeds if only the first attempt fails.
pub(super) async fn assert_succeeds_after_fault<C: KnownValues>(fault: Answer, when: When) {
    let endpoint = Endpoint::start(move |request| {
        if request.index == 0 {
            fault.clone()
        } else {
            good(request)
        }
    });
    let report = assert_succeeds::<C>(loader(endpoint.url()), when).await;
    assert_eq!(
        (report.calls[0].retries, endpoint.requests().len()),
        (1, 2),
        "{report}"
    );
}

/// Asserts that a load whose attempts all fail retries until its deadline, and sends no request
/// after it.
pub(super) async fn assert_fails_after_faults<C: StageConfig>(
    fault: Answer,
    when: When,
    kind: FailureKind,
    words: &[&str],
) {
    let endpoint = Endpoint::start(move |_| fault.clone());
    let error = assert_fails::<C>(loader(endpoint.url()), when, kind, words).await;
    let requests = endpoint.requests().len();
    assert!(
        requests > 1,
        "the load sends several requests, not {requests}"
    );
    // The last attempt may have been cut off before it arrived.
    let counts =
        [requests, requests + 1].map(|count| format!(" {count} attempts before the deadline"));
    assert!(
        counts.iter().any(|count| error.to_string().contains(count)),
        "{counts:?} is not in: {error}"
    );
    endpoint.wait_until_idle().await;
    assert_eq!(
        endpoint.requests().len(),
        requests,
        "no request is sent after the load"
    );
}
