//! What comes in: recordings and live messages, and the only wall clock.

