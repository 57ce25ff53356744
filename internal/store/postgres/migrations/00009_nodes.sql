-- +goose Up
-- The servers that share the database, as each last said how it is.
CREATE TABLE nodes (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    version    TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    behind     BIGINT NOT NULL,
    level_for  BIGINT NOT NULL
);
