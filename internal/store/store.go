// Package store is the storage contract. Its prose is the specification:
// storetest decides whether a store keeps it, and every store passes all of
// storetest.
//
// A store keeps rows, change records, the head and a few rows that have no
// revision. It decides nothing: its caller works out, inside the transaction, what
// a change means, whether it is allowed and which ids it uses.
package store

import (
	"context"

	"cohort/internal/directory"
)

// A Store is a directory's data.
//
// All methods may be called from many goroutines. Errors that the store cannot
// help are of kind directory.KindUnavailable when the write can be repeated
// later and has changed nothing (a full disk, a busy database) and internal
// otherwise. Stores never return SQL text in the public half of an error. A
// cancelled context gives an error that wraps the context's, and a closed store
// gives ErrClosed; see also ErrCommitUnknown.
//
// The argument of f of Read or Write belongs to the goroutine of f and ends with f.
// While f of Write runs, it must not write in another way: neither through Write
// nor through Ephemera.
type Store interface {
	// Read runs f on one unchanging view of the data: all that f reads is as of
	// the revision that its Head returns. The view ends when f returns. The
	// error is f's own, unchanged, or the store's.
	Read(ctx context.Context, f func(Reader) error) error

	// Open is Read for whoever reads in several steps. The view is for one
	// goroutine at a time, and must be closed. It keeps a connection meanwhile.
	Open(ctx context.Context) (View, error)

	// Write runs f in a transaction of its own. Transactions are serial: f
	// starts when every earlier one is over, and its Tx sees all they wrote, and
	// at once what f itself has written. If f returns nil the transaction is
	// committed, and when Write returns nil it is on disk, whatever happens to
	// the machine; else nothing of it has happened, and the error is f's own,
	// unchanged, or the store's. After an error of the Tx, f must return an
	// error; the transaction cannot be committed any more. Finding nothing (of
	// kind directory.KindNotFound) is no error in this sense.
	//
	// A context that ends before f starts changes nothing. Once f runs, the
	// transaction is either committed or undone as a whole.
	Write(ctx context.Context, f func(Tx) error) error

	// Ephemera gives access to the rows that have no revision.
	Ephemera() Ephemera

	// Check looks for damage of the database itself: its pages, its references,
	// its derived data (member counts, shown e-mails, indexes) against the rows
	// they derive from. It calls report with one sentence for each thing that is
	// wrong.
	Check(ctx context.Context, report func(string)) error

	// Learn tells the engine that most of the data was written just now, so that it decides how to
	// answer queries by what is there. It changes no data.
	Learn(ctx context.Context) error

	// Backup writes a copy of the data as of one revision to a new file, which
	// must not exist, and returns when it is on disk.
	Backup(ctx context.Context, path string) error

	// Close waits for what is under way and lets go of the data. Closing twice
	// is an error.
	Close() error
}

// A Copy describes a backup: what a manifest holds.
type Copy struct {
	Size        int64 // bytes
	SHA256      [32]byte
	Revision    directory.Revision
	Incarnation int64
}

// A Head says where the directory stands.
type Head struct {
	Revision    directory.Revision
	Incarnation int64             // from 1; raised by a restore
	At          directory.Instant // commit time of the last change; never decreases
	Hash        [32]byte          // of the last change's record; zero at revision 0
	Digest      [32]byte          // sum of the hashes of all rows; see package record
	Next        NextIDs
	Users       int64 // users that are not deleted
	Groups      int64 // groups that are not deleted
	Named       int64 // users that are not deleted and have a login name
}

// NextIDs are the ids that the next objects get. An id below was given out or
// skipped, and is never used again.
type NextIDs struct {
	User          directory.UserID
	Group         directory.GroupID
	Attribute     directory.AttributeID
	Value         directory.ValueID
	Role          directory.RoleID
	PermissionSet directory.PermissionSetID
	ModelSet      directory.ModelSetID
	Credential    directory.CredentialID
	Sealed        directory.SealedID
}

// A Reader reads one unchanging view. Texts in rows are valid UTF-8 and hold no
// NUL; looking for another finds nothing. What it returns belongs to the caller;
// empty lists inside rows and records are nil. The functions that Members, RowsOf,
// Scan and Records call must not use the Reader: it would be an internal error.
type Reader interface {
	// Head returns where the view stands.
	Head(ctx context.Context) (Head, error)

	// Revision is that of the head, for less.
	Revision(ctx context.Context) (directory.Revision, error)

	// Row returns the row of a key, also if it is marked deleted; ok is false if
	// there is none.
	Row(ctx context.Context, key directory.RowKey) (row directory.Row, ok bool, err error)

	// Find returns the keys of the rows that an index has under a key, ascending
	// by id, at most limit.
	Find(ctx context.Context, key directory.IndexKey, limit int) ([]directory.RowKey, error)

	// UserRows returns all that a user has of its own, also of one that is marked
	// deleted; ok is false if there is no such user. Memberships come by
	// position, then group; values by attribute; roles and credentials by id.
	// Memberships, values and roles whose group, attribute or role is marked
	// deleted or gone are included: the catalog decides about them.
	UserRows(ctx context.Context, id directory.UserID) (rows directory.UserRows, ok bool, err error)

	// UsersByID returns the users of the ids, which ascend, each as UserRows does.
	// Those that are not there are left out.
	UsersByID(ctx context.Context, ids []directory.UserID) ([]directory.UserRows, error)

	// UsersAfter returns the next users by id, those marked deleted included,
	// each with all that it has of its own, as UserRows does: at most limit of
	// those with a greater id than after. None are left when there are fewer.
	UsersAfter(ctx context.Context, after directory.UserID, limit int) ([]directory.UserRows, error)

	// EffectiveInputs returns of many users only what effective values are made of: the
	// id, whether the user is disabled, memberships (by group, without their
	// position) and values (by attribute). All else is zero. Users marked deleted
	// are left out. An error is internal if the query is not as it should be.
	EffectiveInputs(ctx context.Context, q EffectiveInputQuery) ([]directory.UserRows, error)

	// Members calls f for every user, those marked deleted included, that is
	// directly in a group by a membership in force at a time, by id, until f
	// returns an error, which is returned.
	Members(ctx context.Context, group directory.GroupID, at directory.Instant, f func(directory.UserID) error) error

	// RowsOf calls f for every row of a kind that belongs to an object, by key,
	// until f returns an error, which is returned. The kinds are
	// source_reference and facet of any object, membership and credential of a
	// user, membership of a group (by user), user_value of an attribute (by
	// user), user_role of a role (by user).
	RowsOf(ctx context.Context, kind directory.RowKind, of directory.Object, f func(directory.Row) error) error

	// RowsOfAll is RowsOf for several objects of one kind, which ascend by id, and
	// the kinds source_reference and facet: what they have is read together.
	RowsOfAll(ctx context.Context, kind directory.RowKind, of []directory.Object, f func(directory.Row) error) error

	// Scan calls f for every row of a kind, by key, those marked deleted
	// included, until f returns an error, which is returned.
	Scan(ctx context.Context, kind directory.RowKind, f func(directory.Row) error) error

	// ScanAfter is Scan for those rows that come after one, which need not be there,
	// and at most limit of them; nil begins with the first.
	ScanAfter(ctx context.Context, kind directory.RowKind, after directory.Row, limit int,
		f func(directory.Row) error) error

	// Users lists the users that a query selects, with what each has of its own,
	// and counts those it would list without Offset and Limit. Filters by text
	// take the first name, the last name or the e-mail; another field there, and
	// a negative Offset or Limit, is an internal error. Texts are ordered by the
	// bytes of their keys, false before true.
	Users(ctx context.Context, q directory.UserQuery) (users []directory.UserRows, total int, err error)

	// UserPage is Users without what the users have: their ids, in its order.
	UserPage(ctx context.Context, q directory.UserQuery) (ids []directory.UserID, total int, err error)

	// UserIDs returns the ids of the users that a filter selects, ascending: at most
	// limit of those above after.
	UserIDs(ctx context.Context, where directory.UserFilter, after directory.UserID, limit int) ([]directory.UserID, error)

	// LastChanges returns, in the order asked for, the last change up to a revision
	// that touched each object; the zero Touch if no record says so.
	LastChanges(ctx context.Context, objects []directory.Object, through directory.Revision) ([]directory.Touch, error)

	// MemberCounts returns how many users that are not deleted are directly in
	// each of the groups, in the order asked for. Memberships with a window
	// count while they are in force at the given time.
	MemberCounts(ctx context.Context, groups []directory.GroupID, at directory.Instant) ([]int64, error)

	// NextBoundary returns the earliest time after the given one at which the
	// window of a membership, group value or user value opens or closes; 0 if
	// there is none. Rows that hang on what is marked deleted may count.
	NextBoundary(ctx context.Context, after directory.Instant) (directory.Instant, error)

	// Record returns the change record of a revision, or KindNotFound.
	Record(ctx context.Context, rev directory.Revision) (Record, error)

	// Records calls f for the records after a revision, ascending, without their
	// chunks and objects, until f returns an error, which is returned, or limit are through;
	// limit 0 is no limit. If of is not nil only changes that touched the object
	// are listed.
	Records(ctx context.Context, after directory.Revision, of *directory.Object, limit int, f func(Record) error) error

	// Secret returns the hash of a credential's secret; ok is false if it has none.
	Secret(ctx context.Context, id directory.CredentialID) (hash [32]byte, ok bool, err error)

	// Sealed returns a sealed value, or KindNotFound.
	Sealed(ctx context.Context, id directory.SealedID) (Sealed, error)

	// Answer returns what a caller's request under a key was answered; ok is
	// false if nothing is kept of one. How long it counts is the caller's
	// business.
	Answer(ctx context.Context, caller directory.UserID, key string) (a Answer, ok bool, err error)

	// Preview returns what other nodes know of a preview; ok is false if nothing
	// is kept of one. The caller checks its expiry.
	Preview(ctx context.Context, token string) (p Preview, ok bool, err error)
}

// A View is a Reader that stays open until it is closed. After Close it must
// not be used.
type View interface {
	Reader
	// Close ends the view. Closing twice does nothing.
	Close()
}

// An EffectiveInputQuery selects users: those of IDs, which ascend, or if it is nil,
// the next ones by id after After, at most Limit.
type EffectiveInputQuery struct {
	IDs   []directory.UserID
	After directory.UserID
	Limit int
}

// A Tx is a Reader that can also write.
type Tx interface {
	Reader

	// Append applies one change or several: every part of the Commit, in the order
	// of its fields. Its records follow the current revision without gaps, and the
	// revision of its head is that of the last one, or unchanged if there is none;
	// but a store at revision 0 that has got a history may take its last revision
	// (see Commit.History). A row write whose Before is not
	// what is stored is an internal error: the caller read something else than
	// what is there. A second row under a unique index is an internal error too:
	// the caller has looked. Unique are the indexes that say so and the id
	// of a group value; they must be so after all Writes, not in between. (Order
	// keys are not: a value of a deleted group may share one.) When the
	// transaction is committed, every row that a row names must be there, marked
	// deleted or not; else Write returns an internal error. Writes may be in any
	// order.
	Append(ctx context.Context, c Commit) error

	// Clear removes all rows, records, sealed values and secrets from a store that
	// is at revision 0, in which somebody had begun to put those of another. At
	// any other revision it is an internal error.
	Clear(ctx context.Context) error

	// PutAnswer stores the answer to a request, in place of an earlier one of the
	// same caller under the same key. It is there if and only if the transaction
	// is committed.
	PutAnswer(ctx context.Context, a Answer) error
}

// An Answer is what a request that may be sent again was answered.
type Answer struct {
	Caller  directory.UserID
	Key     string
	Request [32]byte // hash of the request
	Reply   []byte
	At      directory.Instant
}

// A Commit is everything that a change writes, or what several that are written
// together come to.
type Commit struct {
	Writes        []directory.RowWrite // at most one for a key
	Touched       []TouchedUser        // every user that is among the objects of Writes
	Members       []MemberDelta        // what the writes do to stored member counts
	Sealed        []Sealed             // new sealed values
	Secrets       []Secret             // new secrets
	RemoveSecrets []directory.CredentialID
	RevokeUsers   []directory.UserID       // users whose tokens, sessions and links end at once; tokens also by sudo
	RevokeKeys    []directory.CredentialID // credentials whose tokens end at once
	Forget        []Forgotten              // parts of earlier records to replace or erase
	Records       []Record                 // of the changes; none only when the store is first filled
	// History are records of another store, as they are there, from revision 1 on
	// without gaps, in as many commits as it takes. The store must be at revision
	// 0, and stays there until a commit's head has the revision of the last one.
	History []Record
	Head    Head // as it is afterwards
}

// A TouchedUser gives what is derived of a user. Its TouchedRev is the revision
// of the last change that touched it.
type TouchedUser struct {
	User     directory.UserID
	EmailKey string // directory.Fold of the shown e-mail
	Revision directory.Revision
}

// A MemberDelta changes the stored count of a group's members without a
// window.
type MemberDelta struct {
	Group directory.GroupID
	Delta int64
}

// A Record is a change record: a header and a hash, and beside them the edits
// and the row images in chunks. The store keeps the bytes and understands none.
type Record struct {
	Header  directory.ChangeHeader
	Edits   Chunk // listed with the header; its Data are not deflated
	Hash    [32]byte
	Chunks  []Chunk
	Objects []RecordObject // by object
}

// A Chunk is a part of a record that can be forgotten: the edits, or a deflated
// run of row images. The record's hash covers the commitment to it. Data and
// Salt are empty once it is pruned or erased; Redacted says that Data were
// replaced by others, which the commitment does not match any more, and only
// Salt is empty.
type Chunk struct {
	Commitment [32]byte
	Salt       []byte
	Data       []byte
	Redacted   bool
}

// A Forgotten part of an earlier record is replaced: by other data, or by
// nothing if the chunk has neither Salt nor Data. Its commitment stays.
type Forgotten struct {
	Revision directory.Revision
	Chunk    int // index into Chunks; -1 is Edits
	With     Chunk
}

// A RecordObject says in which chunk the images of an object begin.
type RecordObject struct {
	Object directory.Object
	Chunk  int
}

// A Sealed value is the ciphertext of a hidden value.
type Sealed struct {
	ID         directory.SealedID
	KeyID      string
	Ciphertext []byte
}

// A Secret is the hash of a credential's secret.
type Secret struct {
	Credential directory.CredentialID
	Hash       [32]byte
}
