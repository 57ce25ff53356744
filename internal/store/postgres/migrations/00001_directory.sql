-- +goose Up
-- The directory. What every table has in common: times are milliseconds since
-- 1970 in UTC and 0 is none; booleans are 0 and 1; nothing is NULL; texts are
-- compared by their bytes, and *_key is the folded form by which people's texts
-- are compared. deleted_rev is the revision that marked a row deleted, 0 while
-- it is there.
--
-- The tables are those of SQLite, for one SQL text serves both: so no booleans,
-- no sequences and no NULL here either. COLLATE "C" compares by bytes whatever
-- the locale of the database.

CREATE TABLE groups (
    id           BIGINT PRIMARY KEY CHECK (id > 0),
    name         TEXT COLLATE "C" NOT NULL,
    name_key     TEXT COLLATE "C" NOT NULL,
    language     TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    deleted_rev  BIGINT NOT NULL CHECK (deleted_rev >= 0),
    member_count BIGINT NOT NULL DEFAULT 0 -- users that are not deleted, directly in it, without a window
) WITH (fillfactor = 80); -- room to count members without a new entry in every index
CREATE INDEX groups_by_name ON groups (name_key) WHERE deleted_rev = 0;

CREATE TABLE nestings (
    group_id  BIGINT NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    parent_id BIGINT NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    position  BIGINT NOT NULL,
    PRIMARY KEY (group_id, parent_id),
    CHECK (group_id <> parent_id)
);
CREATE INDEX nestings_by_parent ON nestings (parent_id);

CREATE TABLE attributes (
    id                BIGINT PRIMARY KEY CHECK (id > 0),
    name              TEXT COLLATE "C" NOT NULL,
    label             TEXT COLLATE "C" NOT NULL,
    label_key         TEXT COLLATE "C" NOT NULL,
    type              TEXT COLLATE "C" NOT NULL,
    rule              TEXT COLLATE "C" NOT NULL,
    user_value_mode   TEXT COLLATE "C" NOT NULL,
    default_text      TEXT COLLATE "C" NOT NULL,
    default_texts     TEXT COLLATE "C" NOT NULL, -- '' or a JSON object of text by language
    default_sealed_id BIGINT NOT NULL, -- 0 or a row of sealed_values
    hidden            SMALLINT NOT NULL CHECK (hidden IN (0, 1)),
    user_can_view     SMALLINT NOT NULL CHECK (user_can_view IN (0, 1)),
    user_can_edit     SMALLINT NOT NULL CHECK (user_can_edit IN (0, 1)),
    system            SMALLINT NOT NULL CHECK (system IN (0, 1)),
    permanent         SMALLINT NOT NULL CHECK (permanent IN (0, 1)),
    created_at        BIGINT NOT NULL,
    deleted_rev       BIGINT NOT NULL CHECK (deleted_rev >= 0)
);
CREATE UNIQUE INDEX attributes_by_name ON attributes (name) WHERE deleted_rev = 0;
CREATE INDEX attributes_by_label ON attributes (label_key) WHERE deleted_rev = 0;

CREATE TABLE group_values (
    group_id     BIGINT NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    attribute_id BIGINT NOT NULL REFERENCES attributes (id) DEFERRABLE INITIALLY DEFERRED,
    id           BIGINT NOT NULL CHECK (id > 0),
    text         TEXT COLLATE "C" NOT NULL,
    texts        TEXT COLLATE "C" NOT NULL,
    sealed_id    BIGINT NOT NULL,
    order_key    BIGINT NOT NULL,
    starts_at    BIGINT NOT NULL CHECK (starts_at >= 0),
    expires_at   BIGINT NOT NULL CHECK (expires_at >= 0),
    PRIMARY KEY (group_id, attribute_id)
);
CREATE INDEX group_values_by_start ON group_values (starts_at) WHERE starts_at <> 0;
CREATE INDEX group_values_by_expiry ON group_values (expires_at) WHERE expires_at <> 0;
CREATE UNIQUE INDEX group_values_by_id ON group_values (id);
-- Not unique: a value of a deleted group may share an order key.
CREATE INDEX group_values_by_order ON group_values (attribute_id, order_key);

CREATE TABLE permission_sets (
    id          BIGINT PRIMARY KEY CHECK (id > 0),
    name        TEXT COLLATE "C" NOT NULL,
    name_key    TEXT COLLATE "C" NOT NULL,
    permissions TEXT COLLATE "C" NOT NULL, -- '' or a JSON array
    all_access  SMALLINT NOT NULL CHECK (all_access IN (0, 1)),
    built_in    SMALLINT NOT NULL CHECK (built_in IN (0, 1))
);
CREATE INDEX permission_sets_by_name ON permission_sets (name_key);

CREATE TABLE model_sets (
    id         BIGINT PRIMARY KEY CHECK (id > 0),
    name       TEXT COLLATE "C" NOT NULL,
    name_key   TEXT COLLATE "C" NOT NULL,
    models     TEXT COLLATE "C" NOT NULL, -- '' or a JSON array
    all_access SMALLINT NOT NULL CHECK (all_access IN (0, 1)),
    built_in   SMALLINT NOT NULL CHECK (built_in IN (0, 1))
);
CREATE INDEX model_sets_by_name ON model_sets (name_key);

CREATE TABLE roles (
    id                BIGINT PRIMARY KEY CHECK (id > 0),
    name              TEXT COLLATE "C" NOT NULL,
    name_key          TEXT COLLATE "C" NOT NULL,
    permission_set_id BIGINT NOT NULL REFERENCES permission_sets (id) DEFERRABLE INITIALLY DEFERRED,
    model_set_id      BIGINT NOT NULL REFERENCES model_sets (id) DEFERRABLE INITIALLY DEFERRED,
    built_in          SMALLINT NOT NULL CHECK (built_in IN (0, 1))
);
CREATE INDEX roles_by_name ON roles (name_key);
CREATE INDEX roles_by_permission_set ON roles (permission_set_id);
CREATE INDEX roles_by_model_set ON roles (model_set_id);

CREATE TABLE group_roles (
    group_id BIGINT NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    role_id  BIGINT NOT NULL REFERENCES roles (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (group_id, role_id)
);
CREATE INDEX group_roles_by_role ON group_roles (role_id);

CREATE TABLE users (
    id            BIGINT PRIMARY KEY CHECK (id > 0),
    kind          TEXT COLLATE "C" NOT NULL,
    first_name    TEXT COLLATE "C" NOT NULL,
    first_key     TEXT COLLATE "C" NOT NULL,
    last_name     TEXT COLLATE "C" NOT NULL,
    last_key      TEXT COLLATE "C" NOT NULL,
    contact_email TEXT COLLATE "C" NOT NULL,
    contact_key   TEXT COLLATE "C" NOT NULL,
    email_key     TEXT COLLATE "C" NOT NULL, -- of the login e-mail, else of the contact one
    timezone      TEXT COLLATE "C" NOT NULL,
    language      TEXT COLLATE "C" NOT NULL,
    disabled      SMALLINT NOT NULL CHECK (disabled IN (0, 1)),
    created_at    BIGINT NOT NULL,
    deleted_rev   BIGINT NOT NULL CHECK (deleted_rev >= 0),
    touched_rev   BIGINT NOT NULL CHECK (touched_rev >= 0) -- the last change of a row of the user's
) WITH (fillfactor = 90); -- the same, for touched_rev
-- The first is for walking over users by id without reading their rows.
CREATE INDEX users_by_id ON users (id) WHERE deleted_rev = 0;
CREATE INDEX users_by_email ON users (email_key, id) WHERE deleted_rev = 0;
CREATE INDEX users_by_first_name ON users (first_key, id) WHERE deleted_rev = 0;
CREATE INDEX users_by_last_name ON users (last_key, id) WHERE deleted_rev = 0;
CREATE INDEX users_by_created_at ON users (created_at, id) WHERE deleted_rev = 0;
CREATE INDEX users_disabled ON users (id) WHERE deleted_rev = 0 AND disabled = 1;
CREATE INDEX users_by_contact_email ON users (contact_key) WHERE deleted_rev = 0 AND contact_key <> '';

CREATE TABLE memberships (
    user_id    BIGINT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    group_id   BIGINT NOT NULL REFERENCES groups (id) DEFERRABLE INITIALLY DEFERRED,
    position   BIGINT NOT NULL,
    starts_at  BIGINT NOT NULL CHECK (starts_at >= 0),
    expires_at BIGINT NOT NULL CHECK (expires_at >= 0),
    PRIMARY KEY (user_id, group_id)
);
CREATE INDEX memberships_by_group ON memberships (group_id, user_id, starts_at, expires_at);
CREATE INDEX memberships_by_start ON memberships (starts_at) WHERE starts_at <> 0;
CREATE INDEX memberships_by_expiry ON memberships (expires_at) WHERE expires_at <> 0;
CREATE INDEX memberships_with_window ON memberships (group_id, user_id, starts_at, expires_at) WHERE starts_at <> 0 OR expires_at <> 0;

CREATE TABLE user_values (
    user_id      BIGINT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    attribute_id BIGINT NOT NULL REFERENCES attributes (id) DEFERRABLE INITIALLY DEFERRED,
    text         TEXT COLLATE "C" NOT NULL,
    texts        TEXT COLLATE "C" NOT NULL,
    sealed_id    BIGINT NOT NULL,
    starts_at    BIGINT NOT NULL CHECK (starts_at >= 0),
    expires_at   BIGINT NOT NULL CHECK (expires_at >= 0),
    PRIMARY KEY (user_id, attribute_id)
);
CREATE INDEX user_values_by_start ON user_values (starts_at) WHERE starts_at <> 0;
CREATE INDEX user_values_by_expiry ON user_values (expires_at) WHERE expires_at <> 0;
CREATE INDEX user_values_by_attribute ON user_values (attribute_id, user_id);

CREATE TABLE user_roles (
    user_id BIGINT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    role_id BIGINT NOT NULL REFERENCES roles (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_by_role ON user_roles (role_id, user_id);

CREATE TABLE credentials (
    id         BIGINT PRIMARY KEY CHECK (id > 0),
    user_id    BIGINT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    shown      TEXT COLLATE "C" NOT NULL,
    disabled   SMALLINT NOT NULL CHECK (disabled IN (0, 1)),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX credentials_by_identifier ON credentials (kind, identifier);
CREATE INDEX credentials_by_user ON credentials (user_id);

CREATE TABLE secrets (
    credential_id BIGINT PRIMARY KEY REFERENCES credentials (id) DEFERRABLE INITIALLY DEFERRED,
    sha256        BYTEA NOT NULL CHECK (length(sha256) = 32)
);

CREATE TABLE sealed_values (
    id         BIGINT PRIMARY KEY CHECK (id > 0),
    key_id     TEXT COLLATE "C" NOT NULL,
    ciphertext BYTEA NOT NULL
);

CREATE TABLE source_references (
    object_kind SMALLINT NOT NULL,
    object_id   BIGINT NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    source_id   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (object_kind, object_id, source),
    -- (object_kind, source, source_id) is unique. A source id may be longer than
    -- an entry of a B-tree, so this is a constraint by hash, and hash takes one
    -- key: the three as one text, which can be cut in one way only.
    CONSTRAINT source_references_by_source EXCLUDE USING hash
        ((object_kind::text || ' ' || length(source)::text || ' ' || source || source_id) WITH =)
);
CREATE INDEX source_references_by_source_id ON source_references USING hash (source_id);

CREATE TABLE facets (
    object_kind SMALLINT NOT NULL,
    object_id   BIGINT NOT NULL,
    dialect     TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    data        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (object_kind, object_id, dialect, kind, name)
);

-- Changes. The images of the rows that a change touched lie in chunks, in the
-- order of objects; change_objects says in which one an object's begin. Edits
-- and chunks can be forgotten or redacted; the hash covers their commitments.
CREATE TABLE changes (
    revision         BIGINT PRIMARY KEY CHECK (revision > 0),
    at               BIGINT NOT NULL,
    caller           BIGINT NOT NULL,
    credential       BIGINT NOT NULL,
    sudoer           BIGINT NOT NULL,
    dialect          TEXT COLLATE "C" NOT NULL,
    request_id       TEXT COLLATE "C" NOT NULL,
    change_id        TEXT COLLATE "C" NOT NULL,
    comment          TEXT COLLATE "C" NOT NULL,
    edits_commitment BYTEA NOT NULL CHECK (length(edits_commitment) = 32),
    edits_salt       BYTEA NOT NULL,
    edits            BYTEA NOT NULL,
    edits_redacted   SMALLINT NOT NULL CHECK (edits_redacted IN (0, 1)),
    hash             BYTEA NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE change_chunks (
    revision   BIGINT NOT NULL REFERENCES changes (revision) DEFERRABLE INITIALLY DEFERRED,
    n          BIGINT NOT NULL CHECK (n >= 0),
    commitment BYTEA NOT NULL CHECK (length(commitment) = 32),
    salt       BYTEA NOT NULL,
    data       BYTEA NOT NULL,
    redacted   SMALLINT NOT NULL CHECK (redacted IN (0, 1)),
    PRIMARY KEY (revision, n)
);
ALTER TABLE change_chunks ALTER COLUMN data SET STORAGE EXTERNAL; -- it is deflated already

CREATE TABLE change_objects (
    object_kind SMALLINT NOT NULL,
    object_id   BIGINT NOT NULL,
    revision    BIGINT NOT NULL REFERENCES changes (revision) DEFERRABLE INITIALLY DEFERRED,
    chunk       BIGINT NOT NULL CHECK (chunk >= 0),
    PRIMARY KEY (object_kind, object_id, revision)
);
CREATE INDEX change_objects_by_revision ON change_objects (revision);

-- Where the directory stands: one row.
CREATE TABLE head (
    id                  BIGINT PRIMARY KEY CHECK (id = 1),
    revision            BIGINT NOT NULL CHECK (revision >= 0),
    incarnation         BIGINT NOT NULL CHECK (incarnation > 0),
    at                  BIGINT NOT NULL,
    hash                BYTEA NOT NULL CHECK (length(hash) = 32),
    digest              BYTEA NOT NULL CHECK (length(digest) = 32),
    next_user           BIGINT NOT NULL,
    next_group          BIGINT NOT NULL,
    next_attribute      BIGINT NOT NULL,
    next_value          BIGINT NOT NULL,
    next_role           BIGINT NOT NULL,
    next_permission_set BIGINT NOT NULL,
    next_model_set      BIGINT NOT NULL,
    next_credential     BIGINT NOT NULL,
    next_sealed         BIGINT NOT NULL,
    users               BIGINT NOT NULL, -- that are not deleted
    groups              BIGINT NOT NULL
) WITH (fillfactor = 10); -- it is written by every change
INSERT INTO head VALUES (1, 0, 1, 0, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);

-- What has no revision.
CREATE TABLE tokens (
    sha256     BYTEA PRIMARY KEY CHECK (length(sha256) = 32),
    user_id    BIGINT NOT NULL,
    credential BIGINT NOT NULL,
    sudoer     BIGINT NOT NULL,
    workspace  TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX tokens_by_user ON tokens (user_id);
CREATE INDEX tokens_by_sudoer ON tokens (sudoer);
CREATE INDEX tokens_by_credential ON tokens (credential);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE TABLE login_attempts (
    key      TEXT COLLATE "C" PRIMARY KEY,
    count    BIGINT NOT NULL CHECK (count > 0),
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL
);
CREATE INDEX login_attempts_by_time ON login_attempts (last_at);

CREATE TABLE reveals (
    n            BIGINT PRIMARY KEY,
    at           BIGINT NOT NULL,
    caller       BIGINT NOT NULL,
    sudoer       BIGINT NOT NULL,
    attribute_id BIGINT NOT NULL,
    owner_kind   SMALLINT NOT NULL,
    owner_id     BIGINT NOT NULL,
    request_id   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE idempotency_keys (
    caller      BIGINT NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    body_sha256 BYTEA NOT NULL CHECK (length(body_sha256) = 32),
    reply       BYTEA NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (at);
