package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"cohort/internal/directory"
	"cohort/internal/sample"
)

// bareTables are the tables that samples fill, with their columns. Rows refer only to rows of
// earlier tables.
func bareTables() []bareTable {
	return []bareTable{
		{directory.RowGroup, "groups", "id, name, name_key, language, created_at, deleted_rev"},
		{directory.RowNesting, "nestings", "group_id, parent_id, position"},
		{
			directory.RowAttribute, "attributes",
			"id, name, label, label_key, type, rule, user_value_mode, default_text, default_texts, " +
				"default_sealed_id, hidden, user_can_view, user_can_edit, system, permanent, created_at, deleted_rev",
		},
		{directory.RowGroupValue, "group_values",
			"group_id, attribute_id, id, text, texts, sealed_id, order_key, starts_at, expires_at"},
		{
			directory.RowUser, "users", "id, kind, first_name, first_key, last_name, last_key, contact_email, contact_key, " +
				"email_key, timezone, language, disabled, created_at, deleted_rev, touched_rev",
		},
		{directory.RowMembership, "memberships", "user_id, group_id, position, starts_at, expires_at"},
		{directory.RowUserValue, "user_values", "user_id, attribute_id, text, texts, sealed_id, starts_at, expires_at"},
	}
}

type bareTable struct {
	kind    directory.RowKind
	name    string
	columns string
}

// bareValues are the column values of a row.
func bareValues(row directory.Row) []any {
	const zero = int64(0)
	switch r := row.(type) {
	case directory.Group:
		return []any{int64(r.ID), r.Name, directory.Fold(r.Name), "", int64(r.CreatedAt), zero}
	case directory.Nesting:
		return []any{int64(r.Group), int64(r.Parent), r.Position}
	case directory.Attribute:
		return []any{
			int64(r.ID), r.Name, r.Label, directory.Fold(r.Label), string(r.Type), string(r.Rule), string(r.UserValueMode),
			r.Default.Text,
			bareTexts(r.Default), zero, zero, int64(1), zero, zero, zero, int64(r.CreatedAt), zero,
		}
	case directory.GroupValue:
		return []any{int64(r.Group), int64(r.Attribute), int64(r.ID), r.Value.Text, bareTexts(r.Value), zero, r.Order, zero,
			zero}
	case directory.User:
		email := directory.Fold(r.ContactEmail)
		return []any{
			int64(r.ID), string(r.Kind), r.FirstName, directory.Fold(r.FirstName), r.LastName, directory.Fold(r.LastName),
			r.ContactEmail,
			email, email, "", "", zero, int64(r.CreatedAt), zero, zero,
		}
	case directory.Membership:
		return []any{int64(r.User), int64(r.Group), r.Position, zero, zero}
	case directory.UserValue:
		return []any{int64(r.User), int64(r.Attribute), r.Value.Text, bareTexts(r.Value), zero, zero, zero}
	}
	return nil
}

func bareTexts(v directory.Value) string {
	if len(v.Texts) == 0 {
		return ""
	}
	texts := make(map[directory.Language]string, len(v.Texts))
	for _, t := range v.Texts {
		texts[t.Language] = t.Text
	}
	b, err := json.Marshal(texts)
	if err != nil {
		return ""
	}
	return string(b)
}

// bareInserts inserts a sample into an SQLite database with prepared statements, 100,000 rows
// per commit.
func bareInserts(ctx context.Context, db *sql.DB, d *sample.Directory) (err error) {
	var tx *sql.Tx
	var inserts map[directory.RowKind]*sql.Stmt
	rows := 0
	for row := range d.Rows() {
		if rows%100_000 == 0 {
			if tx != nil {
				if err := tx.Commit(); err != nil {
					return err
				}
			}
			if tx, err = db.BeginTx(ctx, nil); err != nil {
				return err
			}
			if inserts, err = prepareInserts(ctx, tx); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		rows++
		if _, err := inserts[row.Key().Kind].ExecContext(ctx, bareValues(row)...); err != nil {
			return errors.Join(fmt.Errorf("%T: %w", row, err), tx.Rollback())
		}
	}
	return tx.Commit()
}

func prepareInserts(ctx context.Context, tx *sql.Tx) (map[directory.RowKind]*sql.Stmt, error) {
	inserts := map[directory.RowKind]*sql.Stmt{}
	for _, t := range bareTables() {
		places := strings.TrimSuffix(strings.Repeat("?, ", strings.Count(t.columns, ",")+1), ", ")
		text := "INSERT INTO " + t.name + " (" + t.columns + ") VALUES (" + places + ")"
		insert, err := tx.PrepareContext(ctx, text) //nolint:sqlclosecheck // closed with the transaction
		if err != nil {
			return nil, err
		}
		inserts[t.kind] = insert
	}
	return inserts, nil
}

// bareCopy inserts a sample into a PostgreSQL database with one COPY per table.
func bareCopy(ctx context.Context, url string, d *sample.Directory) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	for _, t := range bareTables() {
		next, stop := pull(d, t.kind)
		_, err := c.CopyFrom(ctx, pgx.Identifier{t.name}, strings.Split(t.columns, ", "),
			pgx.CopyFromFunc(func() ([]any, error) {
				row, ok := next()
				if !ok {
					return nil, nil
				}
				return bareValues(row), nil
			}))
		stop()
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}
