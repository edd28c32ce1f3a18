//! The knowledge.
