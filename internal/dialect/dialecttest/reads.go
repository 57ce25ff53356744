package dialecttest

import (
	"testing"
)

// A Counted store counts what it is asked.
type Counted interface {
	Asked() (transactions, queries int64)
}

// Reads counts what requests ask of a store.
type Reads struct {
	Store Counted
	// Idle sends a request that reads nothing but the token: what it asks is not
	// counted.
	Idle func()
}

// Of is what a request asks beside its token.
func (r *Reads) Of(send func()) (transactions, queries int64) {
	count := func(send func()) (transactions, queries int64) {
		t, q := r.Store.Asked()
		send()
		transactions, queries = r.Store.Asked()
		return transactions - t, queries - q
	}
	r.Idle() // the first one may have more to learn
	token, asks := count(r.Idle)
	transactions, queries = count(send)
	return transactions - token, queries - asks
}

// Once fails where a request takes more than one transaction.
func (r *Reads) Once(t *testing.T, name string, send func()) {
	t.Helper()
	if transactions, queries := r.Of(send); transactions > 1 {
		t.Errorf("%s takes %d transactions, with %d queries", name, transactions, queries)
	}
}

// queriesOfUsers is how many queries a page of users takes at most, however many it
// has: the list and its total, one of each table that something of a user is in, and
// one of how long the total is good.
const queriesOfUsers = 10

// Page fails where a page of users takes more than one transaction, or more than
// one query of a table.
func (r *Reads) Page(t *testing.T, name string, send func()) {
	t.Helper()
	if transactions, queries := r.Of(send); transactions > 1 || queries > queriesOfUsers {
		t.Errorf("%s takes %d transactions and %d queries", name, transactions, queries)
	}
}
