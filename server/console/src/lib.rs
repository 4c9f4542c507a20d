//! The console's own records: accounts, sessions, settings; SQLite.
