-- +goose Up
-- How many users have a login name: identity providers ask with every page.
ALTER TABLE head ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
UPDATE head SET named = (SELECT count(*) FROM users u WHERE u.deleted_rev = 0 AND EXISTS
    (SELECT 1 FROM credentials c WHERE c.user_id = u.id AND c.kind IN ('email', 'username')));
