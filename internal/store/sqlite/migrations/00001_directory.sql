-- +goose Up
-- The directory. What every table has in common: times are milliseconds since
-- 1970 in UTC and 0 is none; booleans are 0 and 1; nothing is NULL; texts are
-- compared by their bytes, and *_key is the folded form by which people's texts
-- are compared. deleted_rev is the revision that marked a row deleted, 0 while
-- it is there.

-- A file that has this number is ours: "Coht".
PRAGMA application_id = 1131374708;

CREATE TABLE groups (
    id           INTEGER PRIMARY KEY CHECK (id > 0),
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    language     TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    deleted_rev  INTEGER NOT NULL CHECK (deleted_rev >= 0),
    member_count INTEGER NOT NULL DEFAULT 0 -- users that are not deleted, directly in it, without a window
) STRICT;
CREATE INDEX groups_by_name ON groups (name_key) WHERE deleted_rev = 0;

CREATE TABLE nestings (
    group_id  INTEGER NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    parent_id INTEGER NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    position  INTEGER NOT NULL,
    PRIMARY KEY (group_id, parent_id),
    CHECK (group_id <> parent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX nestings_by_parent ON nestings (parent_id);

CREATE TABLE attributes (
    id                INTEGER PRIMARY KEY CHECK (id > 0),
    name              TEXT    NOT NULL,
    label             TEXT    NOT NULL,
    label_key         TEXT    NOT NULL,
    type              TEXT    NOT NULL,
    rule              TEXT    NOT NULL,
    user_value_mode   TEXT    NOT NULL,
    default_text      TEXT    NOT NULL,
    default_texts     TEXT    NOT NULL, -- '' or a JSON object of text by language
    default_sealed_id INTEGER NOT NULL, -- 0 or a row of sealed_values
    hidden            INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    user_can_view     INTEGER NOT NULL CHECK (user_can_view IN (0, 1)),
    user_can_edit     INTEGER NOT NULL CHECK (user_can_edit IN (0, 1)),
    system            INTEGER NOT NULL CHECK (system IN (0, 1)),
    permanent         INTEGER NOT NULL CHECK (permanent IN (0, 1)),
    created_at        INTEGER NOT NULL,
    deleted_rev       INTEGER NOT NULL CHECK (deleted_rev >= 0)
) STRICT;
CREATE UNIQUE INDEX attributes_by_name ON attributes (name) WHERE deleted_rev = 0;
CREATE INDEX attributes_by_label ON attributes (label_key) WHERE deleted_rev = 0;

CREATE TABLE group_values (
    group_id     INTEGER NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    attribute_id INTEGER NOT NULL REFERENCES attributes (id) DEFERRABLE INITIALLY DEFERRED,
    id           INTEGER NOT NULL CHECK (id > 0),
    text         TEXT    NOT NULL,
    texts        TEXT    NOT NULL,
    sealed_id    INTEGER NOT NULL,
    order_key    INTEGER NOT NULL,
    starts_at    INTEGER NOT NULL CHECK (starts_at >= 0),
    expires_at   INTEGER NOT NULL CHECK (expires_at >= 0),
    PRIMARY KEY (group_id, attribute_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_values_by_start ON group_values (starts_at) WHERE starts_at <> 0;
CREATE INDEX group_values_by_expiry ON group_values (expires_at) WHERE expires_at <> 0;
CREATE UNIQUE INDEX group_values_by_id ON group_values (id);
-- Not unique: a value of a deleted group may share an order key.
CREATE INDEX group_values_by_order ON group_values (attribute_id, order_key);

CREATE TABLE permission_sets (
    id          INTEGER PRIMARY KEY CHECK (id > 0),
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL,
    permissions TEXT    NOT NULL, -- '' or a JSON array
    all_access  INTEGER NOT NULL CHECK (all_access IN (0, 1)),
    built_in    INTEGER NOT NULL CHECK (built_in IN (0, 1))
) STRICT;
CREATE INDEX permission_sets_by_name ON permission_sets (name_key);

CREATE TABLE model_sets (
    id         INTEGER PRIMARY KEY CHECK (id > 0),
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    models     TEXT    NOT NULL, -- '' or a JSON array
    all_access INTEGER NOT NULL CHECK (all_access IN (0, 1)),
    built_in   INTEGER NOT NULL CHECK (built_in IN (0, 1))
) STRICT;
CREATE INDEX model_sets_by_name ON model_sets (name_key);

CREATE TABLE roles (
    id                INTEGER PRIMARY KEY CHECK (id > 0),
    name              TEXT    NOT NULL,
    name_key          TEXT    NOT NULL,
    permission_set_id INTEGER NOT NULL REFERENCES permission_sets (id) DEFERRABLE INITIALLY DEFERRED,
    model_set_id      INTEGER NOT NULL REFERENCES model_sets (id) DEFERRABLE INITIALLY DEFERRED,
    built_in          INTEGER NOT NULL CHECK (built_in IN (0, 1))
) STRICT;
CREATE INDEX roles_by_name ON roles (name_key);
CREATE INDEX roles_by_permission_set ON roles (permission_set_id);
CREATE INDEX roles_by_model_set ON roles (model_set_id);

CREATE TABLE group_roles (
    group_id INTEGER NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    role_id  INTEGER NOT NULL REFERENCES roles (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (group_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_roles_by_role ON group_roles (role_id);

CREATE TABLE users (
    id            INTEGER PRIMARY KEY CHECK (id > 0),
    kind          TEXT    NOT NULL,
    first_name    TEXT    NOT NULL,
    first_key     TEXT    NOT NULL,
    last_name     TEXT    NOT NULL,
    last_key      TEXT    NOT NULL,
    contact_email TEXT    NOT NULL,
    contact_key   TEXT    NOT NULL,
    email_key     TEXT    NOT NULL, -- of the login e-mail, else of the contact one
    timezone      TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at    INTEGER NOT NULL,
    deleted_rev   INTEGER NOT NULL CHECK (deleted_rev >= 0),
    touched_rev   INTEGER NOT NULL CHECK (touched_rev >= 0) -- the last change of a row of the user's
) STRICT;
-- The first is for walking over users by id without reading their rows, the
-- second also for searches that look at all keys.
CREATE INDEX users_by_id ON users (id) WHERE deleted_rev = 0;
CREATE INDEX users_by_email ON users (email_key, id, first_key, last_key) WHERE deleted_rev = 0;
CREATE INDEX users_by_first_name ON users (first_key, id) WHERE deleted_rev = 0;
CREATE INDEX users_by_last_name ON users (last_key, id) WHERE deleted_rev = 0;
CREATE INDEX users_by_created_at ON users (created_at, id) WHERE deleted_rev = 0;
CREATE INDEX users_disabled ON users (id) WHERE deleted_rev = 0 AND disabled = 1;
CREATE INDEX users_by_contact_email ON users (contact_key) WHERE deleted_rev = 0 AND contact_key <> '';

CREATE TABLE memberships (
    user_id    INTEGER NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    group_id   INTEGER NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    position   INTEGER NOT NULL,
    starts_at  INTEGER NOT NULL CHECK (starts_at >= 0),
    expires_at INTEGER NOT NULL CHECK (expires_at >= 0),
    PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_group ON memberships (group_id, user_id, starts_at, expires_at);
CREATE INDEX memberships_by_start ON memberships (starts_at) WHERE starts_at <> 0;
CREATE INDEX memberships_by_expiry ON memberships (expires_at) WHERE expires_at <> 0;
CREATE INDEX memberships_with_window ON memberships (group_id, user_id, starts_at, expires_at) WHERE starts_at <> 0 OR expires_at <> 0;

CREATE TABLE user_values (
    user_id      INTEGER NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    attribute_id INTEGER NOT NULL REFERENCES attributes (id) DEFERRABLE INITIALLY DEFERRED,
    text         TEXT    NOT NULL,
    texts        TEXT    NOT NULL,
    sealed_id    INTEGER NOT NULL,
    starts_at    INTEGER NOT NULL CHECK (starts_at >= 0),
    expires_at   INTEGER NOT NULL CHECK (expires_at >= 0),
    PRIMARY KEY (user_id, attribute_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_values_by_start ON user_values (starts_at) WHERE starts_at <> 0;
CREATE INDEX user_values_by_expiry ON user_values (expires_at) WHERE expires_at <> 0;
CREATE INDEX user_values_by_attribute ON user_values (attribute_id, user_id);

CREATE TABLE user_roles (
    user_id INTEGER NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    role_id INTEGER NOT NULL REFERENCES roles (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (user_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_roles_by_role ON user_roles (role_id, user_id);

CREATE TABLE credentials (
    id         INTEGER PRIMARY KEY CHECK (id > 0),
    user_id    INTEGER NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT    NOT NULL,
    identifier TEXT    NOT NULL,
    shown      TEXT    NOT NULL,
    disabled   INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX credentials_by_identifier ON credentials (kind, identifier);
CREATE INDEX credentials_by_user ON credentials (user_id);

CREATE TABLE secrets (
    credential_id INTEGER PRIMARY KEY REFERENCES credentials (id) DEFERRABLE INITIALLY DEFERRED,
    sha256        BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;

CREATE TABLE sealed_values (
    id         INTEGER PRIMARY KEY CHECK (id > 0),
    key_id     TEXT NOT NULL,
    ciphertext BLOB NOT NULL
) STRICT;

CREATE TABLE source_references (
    object_kind INTEGER NOT NULL,
    object_id   INTEGER NOT NULL,
    source      TEXT    NOT NULL,
    source_id   TEXT    NOT NULL,
    PRIMARY KEY (object_kind, object_id, source)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX source_references_by_source ON source_references (object_kind, source, source_id);
CREATE INDEX source_references_by_source_id ON source_references (object_kind, source_id);

CREATE TABLE facets (
    object_kind INTEGER NOT NULL,
    object_id   INTEGER NOT NULL,
    dialect     TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    data        TEXT    NOT NULL,
    PRIMARY KEY (object_kind, object_id, dialect, kind, name)
) STRICT;

-- Changes. The images of the rows that a change touched lie in chunks, in the
-- order of objects; change_objects says in which one an object's begin. Edits
-- and chunks can be forgotten or redacted; the hash covers their commitments.
CREATE TABLE changes (
    revision         INTEGER PRIMARY KEY CHECK (revision > 0),
    at               INTEGER NOT NULL,
    caller           INTEGER NOT NULL,
    credential       INTEGER NOT NULL,
    sudoer           INTEGER NOT NULL,
    dialect          TEXT    NOT NULL,
    request_id       TEXT    NOT NULL,
    change_id        TEXT    NOT NULL,
    comment          TEXT    NOT NULL,
    edits_commitment BLOB    NOT NULL CHECK (length(edits_commitment) = 32),
    edits_salt       BLOB    NOT NULL,
    edits            BLOB    NOT NULL,
    edits_redacted   INTEGER NOT NULL CHECK (edits_redacted IN (0, 1)),
    hash             BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE change_chunks (
    revision   INTEGER NOT NULL REFERENCES changes (revision) DEFERRABLE INITIALLY DEFERRED,
    n          INTEGER NOT NULL CHECK (n >= 0),
    commitment BLOB    NOT NULL CHECK (length(commitment) = 32),
    salt       BLOB    NOT NULL,
    data       BLOB    NOT NULL,
    redacted   INTEGER NOT NULL CHECK (redacted IN (0, 1)),
    PRIMARY KEY (revision, n)
) STRICT;

CREATE TABLE change_objects (
    object_kind INTEGER NOT NULL,
    object_id   INTEGER NOT NULL,
    revision    INTEGER NOT NULL REFERENCES changes (revision) DEFERRABLE INITIALLY DEFERRED,
    chunk       INTEGER NOT NULL CHECK (chunk >= 0),
    PRIMARY KEY (object_kind, object_id, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_objects_by_revision ON change_objects (revision);

-- Where the directory stands: one row.
CREATE TABLE head (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    revision            INTEGER NOT NULL CHECK (revision >= 0),
    incarnation         INTEGER NOT NULL CHECK (incarnation > 0),
    at                  INTEGER NOT NULL,
    hash                BLOB    NOT NULL CHECK (length(hash) = 32),
    digest              BLOB    NOT NULL CHECK (length(digest) = 32),
    next_user           INTEGER NOT NULL,
    next_group          INTEGER NOT NULL,
    next_attribute      INTEGER NOT NULL,
    next_value          INTEGER NOT NULL,
    next_role           INTEGER NOT NULL,
    next_permission_set INTEGER NOT NULL,
    next_model_set      INTEGER NOT NULL,
    next_credential     INTEGER NOT NULL,
    next_sealed         INTEGER NOT NULL,
    users               INTEGER NOT NULL, -- that are not deleted
    groups              INTEGER NOT NULL
) STRICT;
INSERT INTO head VALUES (1, 0, 1, 0, zeroblob(32), zeroblob(32), 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);

-- What has no revision.
CREATE TABLE tokens (
    sha256     BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
    user_id    INTEGER NOT NULL,
    credential INTEGER NOT NULL,
    sudoer     INTEGER NOT NULL,
    workspace  TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_user ON tokens (user_id);
CREATE INDEX tokens_by_sudoer ON tokens (sudoer);
CREATE INDEX tokens_by_credential ON tokens (credential);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE TABLE login_attempts (
    key      TEXT    PRIMARY KEY,
    count    INTEGER NOT NULL CHECK (count > 0),
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_attempts_by_time ON login_attempts (last_at);

CREATE TABLE reveals (
    n            INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    caller       INTEGER NOT NULL,
    sudoer       INTEGER NOT NULL,
    attribute_id INTEGER NOT NULL,
    owner_kind   INTEGER NOT NULL,
    owner_id     INTEGER NOT NULL,
    request_id   TEXT    NOT NULL
) STRICT;

CREATE TABLE idempotency_keys (
    caller      INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    body_sha256 BLOB    NOT NULL CHECK (length(body_sha256) = 32),
    reply       BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);
