-- Tags on resources. There is no table of tags: one bound to nothing is no more.
CREATE TABLE tag (
    instance TEXT NOT NULL,                                              -- the instance the resource belongs to
    kind     TEXT NOT NULL CHECK (kind IN ('instance', 'topic', 'group')),
    name     TEXT NOT NULL,                                              -- of the topic or group; empty for the instance itself
    key      TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 36),
    value    TEXT NOT NULL CHECK (length(value) <= 43),
    PRIMARY KEY (instance, kind, name, key)
) STRICT, WITHOUT ROWID;

-- Who bears a tag; also answers filters of lists and counts, without a look at the table.
CREATE INDEX tag_bearers ON tag (instance, key, value, kind, name);
