-- People who log in to the console. Times are milliseconds since the Unix epoch.
CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,              -- PHC string, argon2id
    must_change   INTEGER NOT NULL DEFAULT 0, -- 1: every page leads to the password form
    epoch         INTEGER NOT NULL DEFAULT 0, -- raised to end every session of the account
    created_ms    INTEGER NOT NULL,
    changed_ms    INTEGER NOT NULL            -- last change of the password
) STRICT;
