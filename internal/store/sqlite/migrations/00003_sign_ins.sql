-- +goose Up
-- People sign in to the console, and prepare changes there.

CREATE TABLE sign_in_links (
    sha256     BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
    user_id    INTEGER NOT NULL,
    made_by    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_links_by_user ON sign_in_links (user_id);

CREATE TABLE pending_sign_ins (
    sha256     BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
    data       BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_sign_ins_by_time ON pending_sign_ins (created_at);

CREATE TABLE sign_ins (
    sha256     BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
    user_id    INTEGER NOT NULL,
    method     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    session    TEXT    NOT NULL,
    token      BLOB    NOT NULL,
    agent      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    proved_at  INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_ins_by_user ON sign_ins (user_id);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

CREATE TABLE logout_notes (
    sha256     BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    user_id    INTEGER PRIMARY KEY,
    version    INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
