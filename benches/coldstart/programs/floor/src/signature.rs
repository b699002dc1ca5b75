//! Signs requests with AWS Signature Version 4. The credentials are in environment variables.

use std::{
    env,
    error::Error,
    time::{SystemTime, UNIX_EPOCH},
};

use ring::{digest, hmac};

const SIGNED_HEADERS: &str = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
const JSON: &str = "application/x-amz-json-1.1";

pub(crate) struct Signer {
    host: String,
    access_key: String,
    token: String,
    signing_key: hmac::Key,
    /// The time of the requests, as in `20261129T154558Z`.
    time: String,
    /// The scope of the credentials, as in `20261129/us-east-1/ssm/aws4_request`.
    scope: String,
}

impl Signer {
    pub(crate) fn from_env(host: &str, service: &str) -> Result<Self, Box<dyn Error>> {
        let region = env::var("AWS_REGION")?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let date = format_date(seconds / 86_400);
        let in_day = seconds % 86_400;

        let secret = format!("AWS4{}", env::var("AWS_SECRET_ACCESS_KEY")?);
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        for part in [&date, &region, service, "aws4_request"] {
            let tag = hmac::sign(&key, part.as_bytes());
            key = hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref());
        }
        let (hour, minute, second) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
        Ok(Self {
            host: host.to_owned(),
            access_key: env::var("AWS_ACCESS_KEY_ID")?,
            token: env::var("AWS_SESSION_TOKEN")?,
            signing_key: key,
            time: format!("{date}T{hour:02}{minute:02}{second:02}Z"),
            scope: format!("{date}/{region}/{service}/aws4_request"),
        })
    }

    /// Returns the bytes of a signed request.
    pub(crate) fn sign(&self, target: &str, body: &str) -> Vec<u8> {
        let Self {
            host,
            access_key,
            token,
            time,
            scope,
            ..
        } = self;
        let canonical = format!(
            "POST\n/\n\ncontent-type:{JSON}\nhost:{host}\nx-amz-date:{time}\n\
             x-amz-security-token:{token}\nx-amz-target:{target}\n\n{SIGNED_HEADERS}\n{}",
            hash(body)
        );
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(&canonical));
        let signature = hmac::sign(&self.signing_key, to_sign.as_bytes());
        let signature = format_hex(signature.as_ref());
        format!(
            "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: {JSON}\r\nx-amz-date: {time}\r\n\
             x-amz-security-token: {token}\r\nx-amz-target: {target}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, \
             SignedHeaders={SIGNED_HEADERS}, Signature={signature}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

fn hash(text: &str) -> String {
    format_hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn format_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Formats a number of days since 1970-01-01 as `20261129`, with Howard Hinnant's algorithm
/// `civil_from_days`.
fn format_date(day: u64) -> String {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_formatted_as_dates() {
        for (day, expected) in [
            (0, "19700101"),
            (11_016, "20000229"),
            (19_782, "20240229"),
            (20_786, "20261129"),
        ] {
            assert_eq!(format_date(day), expected);
        }
    }
}
