-- What was done and tried at the console, by pages and by the REST API. Times are milliseconds since the Unix epoch.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order recorded, never used again
    at_ms      INTEGER NOT NULL,
    account    TEXT NOT NULL,    -- empty when nobody was signed in
    via        TEXT NOT NULL,    -- 'page', 'api', or 'token NAME'
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    event      TEXT NOT NULL,    -- createTopic, login, …
    level      TEXT NOT NULL CHECK (level IN ('normal', 'warning', 'incident')),
    outcome    TEXT NOT NULL CHECK (outcome IN ('succeeded', 'asked', 'refused', 'denied', 'failed')),
    permission TEXT NOT NULL,    -- the one the guard named; empty when it did not come that far
    kind       TEXT NOT NULL,    -- topic, group, account, …; empty without one
    name       TEXT NOT NULL,
    details    TEXT NOT NULL     -- JSON: [{name, before, after}]
) STRICT;
CREATE INDEX audit_at ON audit (at_ms);
CREATE INDEX audit_event ON audit (event);

-- Who is signed in, beside the session store: what the list of sessions shows, and what revoking one removes.
CREATE TABLE login_session (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    started_ms INTEGER NOT NULL,
    seen_ms    INTEGER NOT NULL,  -- at most a minute behind
    address    TEXT NOT NULL,     -- of a recent request
    agent      TEXT NOT NULL
) STRICT;
CREATE INDEX login_session_account ON login_session (account);

-- Tokens of the REST API. The token itself is shown once and kept nowhere.
CREATE TABLE api_token (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account      INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,  -- SHA-256; the token is 256 random bits, so that a slow hash would add nothing
    role         TEXT NOT NULL CHECK (role IN ('full', 'operator', 'read-only')),
    created_ms   INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL,
    used_ms      INTEGER,               -- at most a minute behind
    used_address TEXT,
    UNIQUE (account, name)
) STRICT;
