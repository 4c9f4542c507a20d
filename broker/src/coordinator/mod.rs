//! The runtime of replicated state machines: an operation gives records and a response; only replay mutates; the answer leaves when the records are written.
