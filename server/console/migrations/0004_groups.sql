-- Consumer groups registered with the console, be they there yet or not; Kafka has no place for it.
CREATE TABLE group_note (
    instance    TEXT NOT NULL,                                 -- the instance the group belongs to
    name        TEXT NOT NULL,                                 -- id of the group
    description TEXT NOT NULL CHECK (length(description) <= 64),
    PRIMARY KEY (instance, name)
) STRICT, WITHOUT ROWID;
