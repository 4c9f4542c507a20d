-- What the console itself remembers about topics; Kafka has no place for it.
CREATE TABLE topic_note (
    topic       TEXT PRIMARY KEY,
    description TEXT NOT NULL CHECK (length(description) BETWEEN 1 AND 64)
) STRICT, WITHOUT ROWID;

-- Settings of the console by dotted name; the value is JSON.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
