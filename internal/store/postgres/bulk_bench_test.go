package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/postgres"
	"cohort/internal/store/storetest"
)

// The directory has users with three memberships each, in changes of so many edits.
const (
	benchUsers  = 10_000
	benchGroups = 1_000
	benchBatch  = 10_000
)

// BenchmarkFill compares filling an empty directory through Append, with its
// change records, with plain COPY of the same rows into the same tables.
// The figure is their ratio, the median of all rounds.
func BenchmarkFill(b *testing.B) {
	var ratios []float64
	for b.Loop() {
		ours, plain := fillByAppend(b), fillByCopy(b)
		ratios = append(ratios, ours.Seconds()/plain.Seconds())
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
}

func benchUser(i int) directory.User {
	return directory.User{
		ID: directory.UserID(i + 1), Kind: directory.KindPerson, FirstName: fmt.Sprint("First", i%997),
		LastName:     fmt.Sprint("Last", i%7919),
		ContactEmail: fmt.Sprintf("user%d@example.com", i), Timezone: "Europe/Amsterdam", Language: "EN",
		CreatedAt: 1_700_000_000_000,
	}
}

func benchMemberships(i int) []directory.Membership {
	list := make([]directory.Membership, 3)
	for j := range list {
		list[j] = directory.Membership{User: directory.UserID(i + 1), Group: directory.GroupID((i*7+j*331)%benchGroups + 1),
			Position: int64(j)}
	}
	return list
}

func benchOpen(b *testing.B) (*postgres.Store, string) {
	b.Helper()
	url := server.Directory(b)
	s, err := postgres.Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	var groups []directory.Row
	for i := range benchGroups {
		groups = append(groups, directory.Group{ID: directory.GroupID(i + 1), Name: fmt.Sprint("Group ", i)})
	}
	if err := storetest.Put(b.Context(), s, groups); err != nil {
		b.Fatal(err)
	}
	return s, url
}

func fillByAppend(b *testing.B) time.Duration {
	b.Helper()
	s, _ := benchOpen(b)
	begun := time.Now()
	for from := 0; from < benchUsers; from += benchBatch / 4 {
		c := store.Commit{}
		members := map[directory.GroupID]int64{}
		for i := from; i < min(from+benchBatch/4, benchUsers); i++ {
			u := benchUser(i)
			c.Writes = append(c.Writes, directory.RowWrite{After: u})
			c.Touched = append(c.Touched, store.TouchedUser{User: u.ID, EmailKey: directory.Fold(u.ContactEmail)})
			for _, m := range benchMemberships(i) {
				c.Writes = append(c.Writes, directory.RowWrite{After: m})
				members[m.Group]++
			}
		}
		for g, n := range members {
			c.Members = append(c.Members, store.MemberDelta{Group: g, Delta: n})
		}
		err := s.Write(b.Context(), func(tx store.Tx) error {
			h, err := tx.Head(b.Context())
			if err != nil {
				return err
			}
			h.Revision++
			h.Users += int64(len(c.Touched))
			h.Next.User += directory.UserID(len(c.Touched))
			c.Head = h
			c.Records = benchRecord(h.Revision, c)
			return tx.Append(b.Context(), c)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(begun)
	if err := s.Check(b.Context(), func(c string) { b.Error(c) }); err != nil {
		b.Fatal(err)
	}
	return took
}

// benchRecord has an object for each user, and chunks of the size that they
// have.
func benchRecord(rev directory.Revision, c store.Commit) []store.Record {
	r := store.Record{Header: directory.ChangeHeader{Revision: rev, At: 1, ChangeID: fmt.Sprint(rev)}}
	for _, u := range c.Touched {
		r.Objects = append(r.Objects, store.RecordObject{Object: u.User.Object(), Chunk: 0})
	}
	for range 1 + len(c.Writes)/2_000 {
		r.Chunks = append(r.Chunks, store.Chunk{Salt: make([]byte, 32), Data: make([]byte, 32<<10)})
	}
	return []store.Record{r}
}

func fillByCopy(b *testing.B) time.Duration {
	b.Helper()
	_, url := benchOpen(b)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	begun := time.Now()
	for from := 0; from < benchUsers; from += benchBatch / 4 {
		var users, memberships [][]any
		for i := from; i < min(from+benchBatch/4, benchUsers); i++ {
			u := benchUser(i)
			users = append(users, []any{
				int64(u.ID), string(u.Kind), u.FirstName, directory.Fold(u.FirstName), u.LastName, directory.Fold(u.LastName),
				u.ContactEmail,
				directory.Fold(u.ContactEmail), directory.Fold(u.ContactEmail), u.Timezone, string(u.Language), int16(0),
				int64(u.CreatedAt), int64(0), int64(0),
			})
			for _, m := range benchMemberships(i) {
				memberships = append(memberships, []any{int64(m.User), int64(m.Group), m.Position, int64(0), int64(0)})
			}
		}
		tx, err := conn.Begin(ctx)
		if err == nil {
			_, err = tx.CopyFrom(ctx, pgx.Identifier{"users"}, []string{
				"id", "kind", "first_name", "first_key", "last_name", "last_key", "contact_email",
				"contact_key", "email_key", "timezone", "language", "disabled", "created_at", "deleted_rev", "touched_rev",
			}, pgx.CopyFromRows(users))
		}
		if err == nil {
			_, err = tx.CopyFrom(ctx, pgx.Identifier{"memberships"},
				[]string{"user_id", "group_id", "position", "starts_at", "expires_at"}, pgx.CopyFromRows(memberships))
		}
		if err == nil {
			err = tx.Commit(ctx)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(begun)
}

// BenchmarkTouch changes a row of each of 10,000 users in one change.
func BenchmarkTouch(b *testing.B) {
	s, _ := benchOpen(b)
	const n = 10_000
	var rows []directory.Row
	c := store.Commit{}
	for i := range n {
		u := benchUser(i)
		rows = append(rows, u)
		after := u
		after.FirstName = "Changed"
		c.Writes = append(c.Writes, directory.RowWrite{Before: u, After: after})
		c.Touched = append(c.Touched, store.TouchedUser{User: u.ID, EmailKey: directory.Fold(u.ContactEmail)})
	}
	if err := storetest.Put(b.Context(), s, rows); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := s.Write(b.Context(), func(tx store.Tx) error {
			h, err := tx.Head(b.Context())
			if err != nil {
				return err
			}
			h.Revision++
			c.Head = h
			c.Records = benchRecord(h.Revision, c)
			return tx.Append(b.Context(), c)
		})
		if err != nil {
			b.Fatal(err)
		}
		for i, w := range c.Writes {
			c.Writes[i] = directory.RowWrite{Before: w.After, After: w.Before}
		}
	}
	b.ReportMetric(n, "rows/op")
}
