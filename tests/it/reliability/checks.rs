//! Asserts that a load ends with the expected result and in the expected time, that it returns all
//! values or none, and that its output contains no secret.

use super::*;

/// The time at which a load must end, as in the column "when" of the tables in
/// `docs/reliability.md`. A load that hangs, a load that retries until its end and any other load
/// have different timeouts, so that the duration of a load shows why it ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// The load waits for nothing.
    AtOnce,
    /// The load waits for the first pause between two attempts.
    AfterAPause,
    /// The load waits for the timeout of one attempt and for the first pause.
    AThirdLater,
    /// The timeout ends a load that hangs.
    AtTheTimeout,
    /// The load ends when its timeout leaves no time for another pause and attempt.
    NoTimeForRetry,
    /// The row states no time, because most of the load is computation.
    Computing,
}

impl When {
    /// Returns the timeout of the load.
    pub(super) fn timeout(self) -> Duration {
        match self {
            Self::AtTheTimeout => SHORT,
            Self::NoTimeForRetry => RETRYING,
            Self::AtOnce | Self::AfterAPause | Self::AThirdLater | Self::Computing => LONG,
        }
    }

    /// Returns the earliest and the latest time at which the load may end.
    fn compute_bounds(self) -> (Duration, Duration) {
        let timeout = self.timeout();
        match self {
            Self::AtOnce => (Duration::ZERO, STARTUP),
            Self::AfterAPause => (Duration::ZERO, FIRST_PAUSE + STARTUP),
            Self::AThirdLater => (timeout / 3, timeout / 3 + FIRST_PAUSE + SLACK),
            // Two attempts take a third of the timeout each. The pause before the third attempt is
            // at most twice the first pause. On a busy machine, this pause may leave no time for
            // the attempt. Then the load ends before the pause.
            Self::AtTheTimeout => (timeout - FIRST_PAUSE * 2, timeout + SLACK),
            Self::NoTimeForRetry => (timeout - LONGEST_PAUSE, timeout + SLACK),
            Self::Computing => (Duration::ZERO, timeout / 2),
        }
    }
}

/// The expected failure of a load.
pub(super) struct ExpectedFailure<'a> {
    /// All failed fields, in the order of declaration.
    pub(super) fields: &'a [&'a str],
    pub(super) kind: FailureKind,
    /// Words that the text of each failure contains.
    pub(super) words: &'a [&'a str],
}

/// Measures the time of a load and records its events. The watch must be started on the thread of
/// the load, right before the load.
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

    /// Asserts that the load returned every value in time, and that no output contains the secret.
    /// Returns the report.
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

    /// Asserts that the load returned the expected failure in time and stored no configuration, and
    /// that no output contains the secret. Returns the error.
    #[track_caller]
    pub(super) fn assert_failed<C: StageConfig>(
        self,
        result: Result<&'static C, Error>,
        expected: &ExpectedFailure<'_>,
    ) -> Error {
        let elapsed = self.start.elapsed();
        let error = expect_error(result);
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
            "the failed load stored a configuration"
        );
        assert_error_clean("the error", &error);
        assert_clean("the events", &self.logs.text());

        error
    }

    #[track_caller]
    fn assert_in_time(&self, elapsed: Duration, result: &dyn std::fmt::Display) {
        let ((earliest, latest), when) = (self.when.compute_bounds(), self.when);
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

/// Asserts that a load returns every value. Returns its report.
pub(super) async fn assert_succeeds<C: KnownValues>(loader: Loader<C>, when: When) -> Report {
    let loader = loader.timeout(when.timeout());
    let watch = Watch::start(when);
    watch.assert_succeeded(loader.resolve().await)
}

/// Asserts that a load fails, and that every field has a failure of this kind. Returns the error.
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
    let loader = loader.timeout(when.timeout());
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
            answer_normally(request)
        }
    });
    let report = assert_succeeds::<C>(loader(endpoint.url()), when).await;
    assert_eq!(
        (report.calls[0].retries, endpoint.requests().len()),
        (1, 2),
        "{report}"
    );
}

/// Asserts that a load whose attempts all fail retries until its timeout, and that it sends no
/// request afterwards.
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
        "the load did not retry: it sent {requests} requests"
    );
    // The timeout may have ended the last attempt before its request arrived at the endpoint. So
    // the error may count one attempt more than the endpoint.
    let counts =
        [requests, requests + 1].map(|count| format!(" {count} attempts before the timeout"));
    assert!(
        counts.iter().any(|count| error.to_string().contains(count)),
        "{counts:?} is not in: {error}"
    );
    endpoint.wait_until_idle().await;
    assert_eq!(
        endpoint.requests().len(),
        requests,
        "a request was sent after the load"
    );
}
