package measure

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Conn is a connection of a client that uses little processor time, as it shares the cores
// with the measured server.
type Conn struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	body []byte
}

// Dial connects to a server.
func Dial(ctx context.Context, addr string) (*Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return Use(c), nil
}

// Use makes a client of an open connection.
func Use(c net.Conn) *Conn { return &Conn{conn: c, in: bufio.NewReaderSize(c, 32<<10)} }

// Close closes the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Do sends a request and returns the status and the body of the reply. head is the request
// line and the header lines, without the last empty line. The next call overwrites the body.
func (c *Conn) Do(head string, body []byte) (status int, reply []byte, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, nil, err
	}
	c.out = append(c.out[:0], head...)
	if body != nil {
		c.out = append(c.out, "Content-Length: "...)
		c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
		c.out = append(c.out, "\r\n"...)
	}
	c.out = append(append(c.out, "\r\n"...), body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, nil, err
	}
	return c.read()
}

func (c *Conn) read() (status int, body []byte, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, errors.New("the reply does not begin like one")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length, chunked := 0, false
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case len(name) == 14 && bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, nil, err
			}
		case len(name) == 17 && bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
	c.body = c.body[:0]
	if !chunked {
		return status, c.body, c.more(length)
	}
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		n, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil {
			return 0, nil, err
		}
		if err := c.more(int(n)); err != nil {
			return 0, nil, err
		}
		if _, err := c.in.Discard(2); err != nil {
			return 0, nil, err
		}
		if n == 0 {
			return status, c.body, nil
		}
	}
}

// more appends n bytes of the reply to the body.
func (c *Conn) more(n int) error {
	from := len(c.body)
	for cap(c.body) < from+n {
		c.body = append(c.body[:cap(c.body)], 0)
	}
	c.body = c.body[:from+n]
	_, err := io.ReadFull(c.in, c.body[from:])
	return err
}

// A Requester makes the next request: the text of Conn.Do, and a body or nil.
type Requester func(r *rand.Rand) (head string, body []byte)

// Saturate keeps a number of connections busy for a time, each with one request at a time. It
// returns the number of replies per second. All of them must have status 200.
func Saturate(ctx context.Context, addr string, conns int, d time.Duration,
	next Requester) (perSecond float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	counts := make([]int, conns)
	errs := make([]error, conns)
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range conns {
		wg.Go(func() { counts[i], errs[i] = keepBusy(ctx, addr, uint64(i), next) })
	}
	wg.Wait()
	took := time.Since(begin).Seconds()
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / took, errors.Join(errs...)
}

func keepBusy(ctx context.Context, addr string, seed uint64, next Requester) (n int, err error) {
	c, err := Dial(ctx, addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	for r := rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano()))); ctx.Err() == nil; n++ {
		head, body := next(r)
		status, reply, err := c.Do(head, body)
		if err != nil {
			return n, err
		}
		if status != 200 {
			return n, fmt.Errorf("%s was answered %d: %.300s", strings.SplitN(head, "\r\n", 2)[0], status, reply)
		}
	}
	return n, nil
}
