//! A clock that AWS's own answers put right.
//!
//! A request is signed with the time, and AWS refuses one that is more than some minutes off: as a laptop's after its sleep, a
//! container's without NTP. The SDK mends that between two tries of one client. Here each try is a client of its own, and all
//! stores of a load share one clock: so what one answer teaches holds for every later try, to whichever service.

use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::date_time::{DateTime, Format};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// AWS takes five minutes of difference. A refusal with less than this between the clocks has another reason; the SDK draws
/// the line at the same place.
const TOLERANCE_S: u64 = 4 * 60;

#[derive(Debug, Clone)]
pub(super) struct SkewClock {
    time: SharedTimeSource,
    /// How far AWS's time is ahead of this machine's, in seconds.
    ahead_s: Arc<AtomicI64>,
}

impl TimeSource for SkewClock {
    fn now(&self) -> SystemTime {
        let (now, ahead) = (self.time.now(), self.ahead_s.load(Ordering::Relaxed));
        let by = Duration::from_secs(ahead.unsigned_abs());
        let shifted = if ahead < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        shifted.unwrap_or(now)
    }
}

impl SkewClock {
    /// One that says what `time` says, until it has learnt better.
    pub(super) fn new(time: SharedTimeSource) -> Self {
        Self { time, ahead_s: Arc::default() }
    }

    /// Learns AWS's time from a refusal; says whether the request was signed at another one.
    pub(super) fn learn(&self, signed: Option<DateTime>, response: &HttpResponse) -> bool {
        let headers = response.headers();
        // A cache's answer is as old as the cache makes it.
        if !response.status().is_client_error() || headers.get("age").is_some() {
            return false;
        }
        let date = headers.get("date").and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let (Some(signed), Some(there)) = (signed, date) else { return false };
        if signed.secs().abs_diff(there.secs()) <= TOLERANCE_S {
            return false;
        }
        let here = DateTime::from(self.time.now()).secs();
        self.ahead_s.store(there.secs().saturating_sub(here), Ordering::Relaxed);
        true
    }
}

/// When a request says that it was signed: `X-Amz-Date: 20130524T000000Z`.
pub(super) fn parse_signing_time(request: &HttpRequest) -> Option<DateTime> {
    let text = request.headers().get("x-amz-date")?;
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    DateTime::from_str(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"), Format::DateTime).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    /// Noon of 1 January 2026, in seconds since 1970.
    const NOON: i64 = 1_767_268_800;

    #[derive(Debug)]
    struct At(i64);

    impl TimeSource for At {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.unsigned_abs())
        }
    }

    fn clock(at: i64) -> SkewClock {
        SkewClock::new(SharedTimeSource::new(At(at)))
    }

    fn refusal(headers: &[(&'static str, &'static str)]) -> HttpResponse {
        let mut response = HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::empty());
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        response
    }

    const AT_NOON: [(&str, &str); 1] = [("date", "Thu, 01 Jan 2026 12:00:00 GMT")];

    #[test]
    fn a_refusal_puts_the_clock_right_in_both_directions() {
        for wrong in [-86_400 * 365, -3600, 3600, 86_400] {
            let clock = clock(NOON + wrong);
            assert!(clock.learn(Some(DateTime::from(clock.now())), &refusal(&AT_NOON)));
            assert_eq!(DateTime::from(clock.now()).secs(), NOON);
            let again = clock.learn(Some(DateTime::from(clock.now())), &refusal(&AT_NOON));
            assert!(!again, "what is signed now is signed right");
        }
    }

    #[test]
    fn a_request_signed_before_the_clock_was_put_right_is_known_as_such() {
        let clock = clock(NOON + 3600);
        let early = DateTime::from(clock.now());
        assert!(clock.learn(Some(early), &refusal(&AT_NOON)));
        assert!(clock.learn(Some(early), &refusal(&AT_NOON)), "the other calls of the wave were in flight already");
    }

    #[test]
    fn nothing_is_learnt_from_what_says_nothing() {
        let signed = Some(DateTime::from_secs(NOON + 3600));
        let cached = [("date", "Thu, 01 Jan 2026 12:00:00 GMT"), ("age", "3600")];
        for answer in [refusal(&[]), refusal(&[("date", "noon")]), refusal(&cached)] {
            let clock = clock(NOON + 3600);
            assert!(!clock.learn(signed, &answer));
            assert_eq!(clock.ahead_s.load(Ordering::Relaxed), 0);
        }
        assert!(!clock(NOON).learn(None, &refusal(&AT_NOON)), "a request without a signature");
        assert!(!clock(NOON + 200).learn(Some(DateTime::from_secs(NOON + 200)), &refusal(&AT_NOON)), "AWS takes that");
    }

    #[test]
    fn the_time_of_a_signature_is_read() {
        let signed = |text: &'static str| {
            let mut request = HttpRequest::empty();
            request.headers_mut().insert("x-amz-date", text);
            parse_signing_time(&request).map(|time| time.secs())
        };
        assert_eq!(signed("20260101T120000Z"), Some(NOON));
        for text in ["", "2026", "20260101T12000", "20261301T120000Z", "no time at all, but as long"] {
            assert_eq!(signed(text), None, "{text}");
        }
        assert!(parse_signing_time(&HttpRequest::empty()).is_none());
    }
}
