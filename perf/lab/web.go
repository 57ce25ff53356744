package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// Connections is the number of connections of a client.
const Connections = 8

// Writers is the number of concurrent callers that write.
const Writers = 64

// Limits are flags that set the limits so high that they refuse nothing. The limiters
// themselves run.
func Limits() []string {
	return []string{
		"--credential-rate=10000000", "--credential-burst=10000000", "--address-rate=10000000", "--address-burst=10000000",
		"--credential-cost=1000000000", "--credential-cost-burst=1000000000", "--credential-requests=0",
	}
}

// Serve starts the program on a data directory or a database. Its log goes to a file.
func (l *Lab) Serve(ctx context.Context, storage ...string) (*measure.Process, error) {
	log, err := l.Folder("log")
	if err != nil {
		return nil, err
	}
	args := append(append([]string{"serve", "--addr", "127.0.0.1:0"}, storage...), Limits()...)
	return measure.Start(ctx, measure.Command{
		Program: l.Cohort, Args: args, Log: filepath.Join(log, "log"),
		Env: ServerEnv(),
	})
}

// ServerEnv is the environment of a server: its key and its administrator.
func ServerEnv() []string {
	return []string{"COHORT_CLIENT_ID=" + ClientID, "COHORT_CLIENT_SECRET=" + ClientSecret, "COHORT_KEY=" + SealingKey}
}

// A Caller is a client that is logged in.
type Caller struct {
	Addr string
	Head string // header lines of every request
}

// Login logs in to a server as the administrator.
func Login(ctx context.Context, p *measure.Process) (*Caller, error) {
	return LoginAs(ctx, p, ClientID, ClientSecret)
}

// LoginAs logs in to a server with a credential.
func LoginAs(ctx context.Context, p *measure.Process, id, secret string) (*Caller, error) {
	c, err := measure.Dial(ctx, p.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	status, reply, err := c.Do("POST /oauth2/token HTTP/1.1\r\nHost: perf\r\nContent-Type: "+
		"application/x-www-form-urlencoded\r\n", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(reply, &token); err != nil || status != 200 {
		return nil, fmt.Errorf("the login was answered %d: %s: %w", status, reply, err)
	}
	return &Caller{Addr: p.Addr, Head: "Host: perf\r\nAuthorization: Bearer " + token.AccessToken + "\r\n"}, nil
}

// Get sends a GET on a new connection.
func (c *Caller) Get(ctx context.Context, path string) ([]byte, error) {
	return c.Ask(ctx, "GET "+path+" HTTP/1.1\r\n"+c.Head, nil)
}

// Post sends JSON on a new connection.
func (c *Caller) Post(ctx context.Context, path string, body any) error {
	b, err := json.Marshal(body)
	if err == nil {
		_, err = c.Ask(ctx, "POST "+path+" HTTP/1.1\r\n"+c.Head+"Content-Type: application/json\r\n", b)
	}
	return err
}

// Ask sends a request on a new connection, and returns the reply.
func (c *Caller) Ask(ctx context.Context, head string, body []byte) ([]byte, error) {
	conn, err := measure.Dial(ctx, c.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return Ask(conn, head, body)
}

// Ask sends a request on a connection, and returns the reply.
func Ask(conn *measure.Conn, head string, body []byte) ([]byte, error) {
	status, reply, err := conn.Do(head, body)
	if err == nil && status != 200 {
		line, _, _ := strings.Cut(head, "\r\n")
		err = fmt.Errorf("%s was answered %d: %.300s", line, status, reply)
	}
	return reply, err
}

// EffectivePath is the path of all effective values of a user, before and after the user's id.
func EffectivePath(d *sample.Directory) (before, after string) {
	names := make([]string, d.Shape().Attributes)
	for i := range names {
		names[i] = d.Name(i)
	}
	return "/v1/users/", "/effective?attributes=" + strings.Join(names, ",")
}

// Effective makes requests for the effective values of users in random order.
func (c *Caller) Effective(d *sample.Directory, users int) measure.Requester {
	before, after := EffectivePath(d)
	return func(r *rand.Rand) (string, []byte) {
		user := directory.FormatID(d.UserID(r.IntN(users)))
		return "GET " + before + user + after + " HTTP/1.1\r\n" + c.Head, nil
	}
}

// Warm makes the server read users into its cache. The server keeps documents of users from
// the second request on, so each user is read twice. Each has a request of its own because
// requests about many users bypass the cache.
func (c *Caller) Warm(ctx context.Context, d *sample.Directory, users int) error {
	before, after := EffectivePath(d)
	errs := make([]error, Connections)
	var wg sync.WaitGroup
	for i := range Connections {
		wg.Go(func() {
			conn, err := measure.Dial(ctx, c.Addr)
			if err != nil {
				errs[i] = err
				return
			}
			defer conn.Close()
			for n := i; n < 2*users && errs[i] == nil; n += Connections {
				_, errs[i] = Ask(conn, "GET "+before+directory.FormatID(d.UserID(n%users))+after+" HTTP/1.1\r\n"+c.Head, nil)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// ServeAndLogin starts the program, and logs in to it as the administrator.
func (l *Lab) ServeAndLogin(ctx context.Context, storage ...string) (*measure.Process, *Caller, error) {
	p, err := l.Serve(ctx, storage...)
	if err != nil {
		return nil, nil, err
	}
	c, err := Login(ctx, p)
	if err != nil {
		return nil, nil, errors.Join(err, p.Close())
	}
	return p, c, nil
}

// Asking makes requests for random paths.
func (c *Caller) Asking(path func(*rand.Rand) string) measure.Requester {
	return func(r *rand.Rand) (string, []byte) { return "GET " + path(r) + " HTTP/1.1\r\n" + c.Head, nil }
}

// Write sends a request with a body of JSON.
func (c *Caller) Write(ctx context.Context, line, body string) error {
	_, err := c.Send(ctx, line, body)
	return err
}

// Send sends a request with a body of JSON, and returns the reply.
func (c *Caller) Send(ctx context.Context, line, body string) ([]byte, error) {
	conn, err := measure.Dial(ctx, c.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	status, reply, err := conn.Do(line+" HTTP/1.1\r\n"+c.Head+"Content-Type: application/json\r\n", []byte(body))
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("%s was answered %d: %.300s", line, status, reply)
	}
	return reply, err
}

// AskOnce sends a request on a new connection, and returns whatever the reply is.
func AskOnce(ctx context.Context, addr, head string, body []byte) (status int, reply []byte, err error) {
	conn, err := measure.Dial(ctx, addr)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	status, reply, err = conn.Do(head, body)
	return status, bytes.Clone(reply), err
}

// FirstID is the first id in a reply.
func FirstID(reply []byte) (string, error) {
	_, rest, ok := bytes.Cut(reply, []byte(`"id":"`))
	id, _, end := bytes.Cut(rest, []byte(`"`))
	if !ok || !end {
		return "", fmt.Errorf("no id in %.300s", reply)
	}
	return string(id), nil
}
