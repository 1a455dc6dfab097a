//! What the tests share: real brokers, and a client that looks at them from the outside.

pub mod brokers;
pub mod journal;
pub mod probe;
pub mod proxy;
pub mod vessels;

/// Declares a test for each broker.
#[macro_export]
macro_rules! on_both_brokers {
    ($($name:ident)*) => {$(
        mod $name {
            use $crate::support::brokers::Broker;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                super::$name(Broker::embedded()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn mosquitto() {
                super::$name(Broker::mosquitto()).await;
            }
        }
    )*};
}
