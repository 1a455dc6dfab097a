//! What the tests share: real brokers, and a client that looks at them from the outside.

pub mod brokers;
pub mod probe;
pub mod proxy;
