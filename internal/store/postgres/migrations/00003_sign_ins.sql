-- +goose Up
-- People sign in to the console, and prepare changes there.

CREATE TABLE sign_in_links (
    sha256     BYTEA PRIMARY KEY CHECK (length(sha256) = 32),
    user_id    BIGINT NOT NULL,
    made_by    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_links_by_user ON sign_in_links (user_id);

CREATE TABLE pending_sign_ins (
    sha256     BYTEA PRIMARY KEY CHECK (length(sha256) = 32),
    data       BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pending_sign_ins_by_time ON pending_sign_ins (created_at);

CREATE TABLE sign_ins (
    sha256     BYTEA PRIMARY KEY CHECK (length(sha256) = 32),
    user_id    BIGINT NOT NULL,
    method     TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    session    TEXT COLLATE "C" NOT NULL,
    token      BYTEA NOT NULL,
    agent      TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    proved_at  BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_by_user ON sign_ins (user_id);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

CREATE TABLE logout_notes (
    sha256     BYTEA PRIMARY KEY CHECK (length(sha256) = 32),
    expires_at BIGINT NOT NULL
);

CREATE TABLE drafts (
    user_id    BIGINT PRIMARY KEY,
    version    BIGINT NOT NULL,
    data       BYTEA NOT NULL,
    changed_at BIGINT NOT NULL
);
