-- +goose Up
-- The servers that share the database, as each last said how it is.
CREATE TABLE nodes (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    version    TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    behind     INTEGER NOT NULL,
    level_for  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
