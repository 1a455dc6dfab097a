//! The way to a broker (MQTT 3.1.1): connections that come back, topics, and what is sent over them.
//!
//! [`Connection`] is the only poll loop, and this folder the only one that knows the client library.

mod backoff;
pub mod broker;
mod connection;
mod options;
pub mod sender;
pub mod subscription;
mod topics;

pub use connection::{Ack, Client, Connection, Event, Message, Options, Qos, Requests, Session, end_session};
pub use options::{MAX_PACKET, sends_password_in_clear};
pub use topics::{Topics, filter_takes, is_action};
