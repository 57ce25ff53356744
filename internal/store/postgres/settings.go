package postgres

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The default and the largest number of connections that read at once; see pool_max_conns.
const (
	defaultReaders = 8
	maxReaders     = 1000
)

// connectTimeout is the longest that connecting to one host may take.
const connectTimeout = 5 * time.Second

// Our settings among the parameters of the URL.
const (
	paramPool   = "pool_max_conns"
	paramListen = "listen"
	paramMode   = "default_query_exec_mode"
)

// settings are what a URL says.
type settings struct {
	conn    *pgx.ConnConfig
	readers int
	listen  bool
}

// parse parses a URL. Errors do not repeat it, because it may contain a password.
func parse(url string) (settings, error) {
	// Parameters that pgx removes are found in its parsed settings.
	low, err := pgconn.ParseConfig(url)
	if err != nil {
		return settings{}, errURL
	}
	conn, err := pgx.ParseConfig(url)
	if err != nil {
		return settings{}, errURL
	}
	s := settings{conn: conn, readers: defaultReaders, listen: true}
	if text, ok := conn.RuntimeParams[paramPool]; ok {
		s.readers, err = strconv.Atoi(text)
		if err != nil || s.readers < 1 || s.readers > maxReaders {
			return settings{}, fmt.Errorf("the database's URL: %s must be a number from 1 to %d", paramPool, maxReaders)
		}
		delete(conn.RuntimeParams, paramPool)
	}
	if text, ok := conn.RuntimeParams[paramListen]; ok {
		if text != "on" && text != "off" {
			return settings{}, fmt.Errorf("the database's URL: %s must be on or off", paramListen)
		}
		s.listen = text == "on"
		delete(conn.RuntimeParams, paramListen)
	}
	if _, ok := low.RuntimeParams[paramMode]; !ok {
		conn.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	if conn.ConnectTimeout == 0 || conn.ConnectTimeout > connectTimeout {
		conn.ConnectTimeout = connectTimeout
	}
	conn.DialFunc = dial(0)
	conn.OnNotice = onNotice
	return s, nil
}

var errURL = errors.New("the database's URL cannot be read; it must be like " +
	"postgres://user@host:5432/name?sslmode=verify-full")

// writable refuses servers that only read, unless the URL says otherwise: with several hosts
// the next one is tried.
func (s settings) writable() settings {
	if s.conn.ValidateConnect == nil {
		s.conn = s.conn.Copy()
		s.conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return s
}

// dialer returns a dialer whose connections notice when the other side is gone: after 20
// seconds if idle, after 15 with something in progress.
func dialer() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         limitSilence,
	}
}
