//! The macro for a suite of tests that runs against two independent servers.

/// Defines the tests `roto::CASE` and `moto::CASE` for each `CASE` of the list, which is an
/// `async fn CASE(peer: &Peer)`.
macro_rules! suite {
    ($($case:ident)+) => {
        mod roto {
            $(#[tokio::test] async fn $case() { super::$case(crate::support::peers::roto()).await })+
        }
        mod moto {
            $(#[tokio::test] async fn $case() { super::$case(crate::support::peers::moto()).await })+
        }
    };
}
pub(crate) use suite;
