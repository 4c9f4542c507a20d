-- Rules of alarms, where each stands, what was, and notices on their way. Times are milliseconds since the Unix epoch.
CREATE TABLE rule (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    body TEXT NOT NULL               -- JSON
) STRICT;

-- What must outlive a restart of a rule on one resource: an episode, what people were told, a silence.
CREATE TABLE standing (
    rule     INTEGER NOT NULL REFERENCES rule (id) ON DELETE CASCADE,
    resource TEXT NOT NULL,          -- JSON
    state    TEXT NOT NULL,          -- JSON
    episode  INTEGER,                -- id of the running one
    PRIMARY KEY (rule, resource)
) STRICT, WITHOUT ROWID;

-- History: each time that values stayed beyond a threshold. It says by itself what the rule was then.
CREATE TABLE episode (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    rule      INTEGER NOT NULL,      -- may be gone
    name      TEXT NOT NULL,
    level     TEXT NOT NULL,
    condition TEXT NOT NULL,         -- JSON
    resource  TEXT NOT NULL,         -- JSON
    since_ms  INTEGER NOT NULL,
    told_ms   INTEGER,               -- when people were told
    ended_ms  INTEGER,
    ending    TEXT CHECK (ending IN ('recovered', 'gone', 'changed', 'disabled', 'deleted')),
    worst     REAL NOT NULL
) STRICT;
CREATE INDEX episode_since ON episode (since_ms);
CREATE INDEX episode_rule ON episode (rule, since_ms);

-- Ways to tell people.
CREATE TABLE channel (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    body      TEXT NOT NULL,         -- JSON, nothing secret in it
    secrets   BLOB NOT NULL,         -- sealed with the key in `secret.key`
    sent_ms   INTEGER,               -- last success
    failed_ms INTEGER,               -- last failure
    failure   TEXT                   -- the last one, JSON
) STRICT;

-- Notices that are not delivered yet.
CREATE TABLE outbox (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    channel  INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    notice   TEXT NOT NULL,          -- JSON
    made_ms  INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_channel ON outbox (channel, id);
